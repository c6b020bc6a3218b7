"""What the add-on sets, and who wins over it."""

from __future__ import annotations

from typing import Any

import pytest
import scrapy
from scrapy.settings import Settings

from crawler import settings as project
from crawler.addon import WaybackAddon, user_agent
from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.handler import EachRequestOnce
from crawler.spiders.policies import PoliciesSpider
from pipelines.storage import StoragePipeline


def with_addon(priority: str = "project", **given: Any) -> Settings:
    settings = Settings()
    settings.setdict(given, priority)
    WaybackAddon().update_settings(settings)
    return settings


def components(settings: Settings, name: str) -> list[Any]:
    return list(settings.get_component_priority_dict_with_base(name))


def test_another_project_gets_budgets_handler_and_user_agent() -> None:
    settings = with_addon()
    assert (settings["CDX_PER_MINUTE"], settings["PLAYBACK_PER_MINUTE"]) == (24, 480)
    assert BudgetMiddleware in components(settings, "DOWNLOADER_MIDDLEWARES")
    assert settings.getwithbase("DOWNLOAD_HANDLERS")["https"] is EachRequestOnce
    assert settings["USER_AGENT"] == user_agent("")


def test_the_contact_is_in_the_user_agent() -> None:
    assert with_addon(CONTACT="you@example.org")["USER_AGENT"].endswith(" (you@example.org)")


@pytest.mark.parametrize("priority", ["project", "spider", "cmdline"])
def test_what_the_user_sets_wins(priority: str) -> None:
    given = {"USER_AGENT": "mybot", "REDIRECT_ENABLED": True, "CDX_PER_MINUTE": 5}
    settings = with_addon(priority, **given)
    assert {name: settings[name] for name in given} == given


def test_other_middlewares_and_handlers_of_the_project_stay() -> None:
    settings = with_addon(
        DOWNLOADER_MIDDLEWARES={"scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": 900},
        DOWNLOAD_HANDLERS={"https": "mine.Handler", "ftp": None},
    )
    assert "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware" in components(
        settings, "DOWNLOADER_MIDDLEWARES"
    )
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    assert (handlers["http"], handlers["https"], handlers["ftp"]) == (EachRequestOnce, "mine.Handler", None)


def test_the_policies_spider_is_complete_without_the_projects_settings() -> None:
    settings = Settings()
    PoliciesSpider.update_settings(settings)
    assert settings["FLUSH_ROWS"] == project.FLUSH_ROWS
    assert components(settings, "ITEM_PIPELINES") == [StoragePipeline]
    assert list(settings.getdict("ADDONS")) in ([WaybackAddon], ["crawler.addon.WaybackAddon"])


@pytest.mark.parametrize("priority", ["project", "cmdline"])
def test_the_users_own_pipelines_join_storage_however_the_spider_is_run(priority: str) -> None:
    theirs = "scrapy.pipelines.files.FilesPipeline"
    process = Settings()
    process.set("ITEM_PIPELINES", f'{{"{theirs}": 300}}', priority)
    crawler = scrapy.crawler.Crawler(PoliciesSpider, process)
    crawler.settings.update(process)  # as ``CrawlerProcess.crawl(crawler)`` does
    assert set(crawler.settings.getdict("ITEM_PIPELINES")) == {theirs, StoragePipeline}


def test_the_times_of_the_log_have_their_zone() -> None:
    assert project.LOG_DATEFORMAT.endswith("%z")
