"""Every default of a crawl, with its reason. ``-s NAME=VALUE`` overrides any of them."""

BOT_NAME = "wayback-policies"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"

# --- ours

#: Where the ledger and the dataset are.
DATA_DIR = "data"
#: Requests a minute to the CDX index and to playback; 0 is no limit. The archive blocks at 30 and 600 and asks
#: clients to use 24 and 480. They hold per network: shards behind one address share them.
CDX_PER_MINUTE = 24
PLAYBACK_PER_MINUTE = 480
#: Who is crawling: a mail address or URL, sent with every request.
CONTACT = ""
#: Rows a CDX page: few requests, yet an answer the server can give in time.
CDX_PAGE_ROWS = 10_000
#: Seconds until the first retry of a request the archive could not answer; each further one waits three times as long.
RETRY_SECONDS = 10
#: Processes that extract texts; 0 is one a core.
EXTRACTION_PROCESSES = 0
#: Rows are written at the latest after so many seconds, rows, or bytes of text: what a crash can cost.
FLUSH_SECONDS = 120
FLUSH_ROWS = 2000
FLUSH_BYTES = 64 * 1024 * 1024

# --- Scrapy's

# The archive's own gzip would hide what was archived: bytes are wanted as they are.
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}

# What archives serve must come through untouched: each of these loses archived data by default.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
COMPRESSION_ENABLED = False
RETRY_ENABLED = False  # the ledger retries, so that a retry survives a crash
COOKIES_ENABLED = False
HTTPERROR_ALLOW_ALL = True
DOWNLOAD_FAIL_ON_DATALOSS = False
URLLENGTH_LIMIT = 0
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the ledger knows what was asked
REFERER_ENABLED = False
ROBOTSTXT_OBEY = False  # the archive's hosts are asked through their public interfaces, within their budgets
HTTPPROXY_ENABLED = True

# The pools pace; Scrapy must not pace on top of them, nor hold back requests that wait for their turn.
CONCURRENT_REQUESTS = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 1000
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = False
CONCURRENT_ITEMS = 1  # an answer gives one item at most, and Scrapy starts so many tasks for each answer
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 256 * 1024 * 1024  # the crawl bounds what is under way itself

DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "crawler.downloader.handler.EachRequestOnce")
DOWNLOAD_TIMEOUT = 90
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0

# A server that is not the archive could make up history. Trusted is what the system trusts, or SSL_CERT_FILE.
DOWNLOAD_VERIFY_CERTIFICATES = True

# Servers that run code for whoever connects.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOGSTATS_INTERVAL = 0  # crawler.progress tells more
STATS_DUMP = False
LOG_VERSIONS: list[str] = []

DOWNLOADER_MIDDLEWARES = {"crawler.downloader.budgets.BudgetMiddleware": 950}
ITEM_PIPELINES = {"pipelines.storage.StoragePipeline": 100}
EXTENSIONS = {"crawler.extensions.progress.Progress": 0}
