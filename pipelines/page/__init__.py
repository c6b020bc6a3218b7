"""From a page's bytes to its document: text, Markdown, language, kind, dates."""
