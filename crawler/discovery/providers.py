"""Services that sites embed, run on or link to: theirs is the answer on their own sites only."""

from __future__ import annotations

from typing import Final

from crawler.discovery.ownership import registrable_domain
from crawler.discovery.vocabulary import listed

# Whose policy stands on many sites, by what they are to these.
_PROVIDERS: Final = listed(
    # search, social networks, media
    "google.com bing.com yahoo.com yandex.ru yandex.com mail.ru baidu.com duckduckgo.com microsoft.com apple.com "
    "amazon.com facebook.com meta.com twitter.com x.com instagram.com linkedin.com pinterest.com youtube.com "
    "vk.com ok.ru tumblr.com blogger.com vimeo.com flickr.com reddit.com tiktok.com whatsapp.com skype.com "
    "snapchat.com snap.com discord.com telegram.org t.me spotify.com soundcloud.com xing.com twitch.tv medium.com "
    "quora.com weibo.com line.me kakao.com naver.com mixcloud.com bandcamp.com issuu.com scribd.com "
    "slideshare.net dailymotion.com wistia.com giphy.com foursquare.com myspace.com delicious.com digg.com "
    "stumbleupon.com imgur.com github.com gitlab.com opera.com mozilla.org openstreetmap.org mapbox.com "
    "osmfoundation.org archive.org wikimedia.org w3.org "
    # hosting, site builders, content management
    "wordpress.com wordpress.org automattic.com akismet.com gravatar.com wix.com squarespace.com weebly.com "
    "godaddy.com jimdo.com strato.de ionos.de ionos.com 1and1.com hostgator.com bluehost.com dreamhost.com "
    "namecheap.com gandi.net ovh.com ovhcloud.com hetzner.com cloudflare.com fastly.com akamai.com "
    "digitalocean.com heroku.com netlify.com vercel.com webflow.com duda.co site123.com strikingly.com typo3.org "
    "joomla.org drupal.org ghost.org tilda.cc homestead.com tripod.com lycos.com angelfire.com geocities.com "
    "webs.com yola.com sedo.com networksolutions.com register.com enom.com tucows.com parkingcrew.com above.com "
    "hugedomains.com dan.com afternic.com loopia.se one.com "
    # shops, payment, booking, tickets, reviews
    "shopify.com bigcommerce.com magento.com woocommerce.com prestashop.com ecwid.com volusion.com paypal.com "
    "stripe.com klarna.com adyen.com squareup.com square.com mollie.com braintreepayments.com worldpay.com "
    "authorize.net afterpay.com ebay.com etsy.com booking.com airbnb.com tripadvisor.com yelp.com opentable.com "
    "eventbrite.com ticketmaster.com meetup.com expedia.com trustpilot.com trustedshops.com trustedshops.de "
    "feefo.com bazaarvoice.com yotpo.com reviews.io steampowered.com patreon.com gofundme.com justgiving.com "
    "kickstarter.com indiegogo.com ko-fi.com "
    # forms, chat, help desks, meetings, recruiting
    "zendesk.com freshworks.com freshdesk.com intercom.com intercom.io crisp.chat drift.com olark.com "
    "livechatinc.com livechat.com tawk.to tidio.com zopim.com userlike.com liveperson.com helpscout.com "
    "uservoice.com jotform.com typeform.com surveymonkey.com wufoo.com formstack.com qualtrics.com calendly.com "
    "doodle.com zoom.us gotomeeting.com webex.com slack.com disqus.com hcaptcha.com recaptcha.net salesforce.com "
    "greenhouse.io lever.co workday.com "
    # newsletters and marketing
    "mailchimp.com intuit.com constantcontact.com sendinblue.com brevo.com klaviyo.com aweber.com getresponse.com "
    "campaignmonitor.com mailerlite.com activecampaign.com convertkit.com hubspot.com marketo.com pardot.com "
    "sendgrid.com twilio.com cleverreach.com cleverreach.de rapidmail.de newsletter2go.com mailjet.com "
    "feedburner.com substack.com "
    # advertising, statistics, sharing
    "doubleclick.net criteo.com taboola.com outbrain.com adobe.com omniture.com webtrends.com quantcast.com "
    "nielsen.com scorecardresearch.com comscore.com statcounter.com sitemeter.com histats.com etracker.com "
    "etracker.de matomo.org piwik.org hotjar.com mouseflow.com crazyegg.com fullstory.com mixpanel.com "
    "segment.com amplitude.com optimizely.com newrelic.com sentry.io addthis.com sharethis.com addtoany.com "
    "shareaholic.com adroll.com rubiconproject.com pubmatic.com openx.com appnexus.com xandr.com sovrn.com "
    "mediavine.com ezoic.com adsterra.com propellerads.com awin.com cj.com rakuten.com tradedoubler.com zanox.com "
    "webgains.com ivwbox.de infonline.de chartbeat.com parsely.com alexa.com clicky.com getclicky.com extreme- "
    "dm.com freefind.com bravenet.com "
    # consent, seals, guides, authorities, advocates
    "networkadvertising.org aboutads.info youronlinechoices.com youronlinechoices.eu truste.com trustarc.com "
    "cookiesandyou.com cookiebot.com onetrust.com usercentrics.com allaboutcookies.org aboutcookies.org "
    "evidon.com ghostery.com verisign.com norton.com mcafee.com bbb.org bbbonline.org digicert.com comodo.com "
    "eff.org ftc.gov ico.org.uk cnil.fr europa.eu gdpr.eu gdpr-info.eu epic.org privacyrights.org "
    "privacyinternational.org privacyshield.gov aepd.es agpd.es garanteprivacy.it bfdi.bund.de dataprotection.ie "
)
# Of these, who gives each customer a host: `acme.zendesk.com` is the customer's, `www.zendesk.com` the provider's.
_WITH_CUSTOMERS: Final = listed(
    "zendesk.com freshdesk.com intercom.com wordpress.com tumblr.com wix.com squarespace.com weebly.com jimdo.com "
    "webs.com yola.com strikingly.com webflow.com tripod.com homestead.com bigcommerce.com typeform.com "
    "helpscout.com uservoice.com substack.com duda.co site123.com ecwid.com shopify.com hubspot.com medium.com "
    "blogger.com bandcamp.com "
)
_OWN_HOSTS: Final = listed("www www2 legal policies policy privacy help support about info trust en")
# Where anybody keeps documents: a link that names the policy leads to the site's own.
_DOCUMENTS: Final = listed("docs.google.com drive.google.com sites.google.com raw.githubusercontent.com")
# Sites of these providers under other names: there the provider's policy is their own.
_FAMILIES: Final = {
    "google.com": listed(
        "youtube.com blogger.com blogspot.com android.com gmail.com waze.com fitbit.com doubleclick.net"
    ),
    "microsoft.com": listed(
        "msn.com live.com bing.com skype.com xbox.com office.com outlook.com hotmail.com windows.com"
    ),
    "facebook.com": listed("instagram.com whatsapp.com oculus.com meta.com messenger.com threads.net"),
    "yahoo.com": listed("flickr.com tumblr.com geocities.com delicious.com rivals.com"),
    "automattic.com": listed("wordpress.com akismet.com gravatar.com tumblr.com woocommerce.com"),
    "amazon.com": listed("imdb.com audible.com twitch.tv zappos.com alexa.com"),
}


def is_providers(host: str, ours: str) -> bool:
    """Whether a host is a provider's own, seen from a page of the registered domain ``ours``.

    >>> is_providers("www.zendesk.com", "site.example"), is_providers("acme.zendesk.com", "site.example")
    (True, False)
    """
    theirs = registrable_domain(host)
    if theirs not in _PROVIDERS or host in _DOCUMENTS or ours in _FAMILIES.get(theirs, ()):
        return False
    name = theirs.partition(".")[0]
    if name == ours.partition(".")[0] and len(name) > 2:
        return False  # google.co.uk and google.com
    return theirs not in _WITH_CUSTOMERS or host == theirs or host.removesuffix(f".{theirs}") in _OWN_HOSTS
