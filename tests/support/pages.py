"""Web pages for archives that a test makes itself."""

from __future__ import annotations


def policy_page(contact: str = "privacy@shop.example", mark: str = "") -> str:
    """A page with a policy. ``contact`` is part of its text, ``mark`` of its bytes alone."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>Privacy Policy</title><meta name="build" content="{mark}"></head><body>
<h1>Privacy Policy</h1>
<p>This privacy policy explains which personal information we collect when you visit our shop, how we use it, and with
whom we share it. We take the protection of your personal data seriously.</p>
<h2>Information we collect</h2>
<p>When you place an order we collect your name, your postal address and your e-mail address. Our web server keeps the
IP addresses of visitors for seven days. We use cookies to remember what is in your cart.</p>
<h2>How we use and share information</h2>
<p>We use personal information to fill your order and to answer your letters. We do not sell your personal information
to third parties. The carrier who brings the parcel receives your name and address.</p>
<h2>Your rights</h2>
<p>You may ask us for a copy of the information we hold about you, and have it corrected or deleted. Write to
{contact}.</p>
</body></html>
"""
