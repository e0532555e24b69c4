"""Every page of the field app, by its address."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.e2e import phone
from tests.e2e.world import DemoServer


def addresses(server: DemoServer, patrol: str) -> dict[str, str]:
    """{name of the page: its address}; `patrol` is one that runs."""
    here = server.demo["records"]["grid1"]
    household, resident = here["household"][0], here["resident"][0]
    return {
        "today": "/#/",
        "households": "/#/households",
        "households-building": f"/#/households?building={here['building'][0]}",
        "households-names": "/#/households?by=name&letter=W",
        "search": "/#/households?q=1-1",
        "nobody-found": "/#/households?q=没有这家",
        "household-new": "/#/households/new?typed=1-1-909",
        "household": f"/#/households/{household}",
        "visit": f"/#/households/{household}/visit",
        "move-out": f"/#/households/{household}/move-out",
        "split": f"/#/households/{household}/split",
        "merge": f"/#/households/{household}/merge",
        "resident-new": f"/#/households/{household}/resident",
        "resident": f"/#/records/{resident}",
        "building": f"/#/records/{here['building'][0]}",
        "edit-household": f"/#/records/{household}/edit",
        "edit-resident": f"/#/records/{resident}/edit",
        "history": f"/#/records/{household}/history",
        "report": "/#/report",
        "report-form": "/#/report?item=0203",
        "report-emergency": "/#/report?item=0403",
        "issues": "/#/issues",
        "issue": f"/#/issues/{here['issue'][0]}",
        "issues-mine": "/#/issues?mine=1",
        "report-similar": f"/#/report?item=0203&household={household}",
        "map": "/#/map",
        "patrol": "/#/patrol",
        "patrol-run": f"/#/patrol/{patrol}",
        "sync": "/#/sync",
        "me": "/#/me",
        "pin": "/#/pin",
        "phone": "/#/phone",
        "about": "/#/about",
    }


def prepare(page: Page) -> str:
    """Somebody at work: logged in, a form half typed, a patrol running. Gives the patrol's id."""
    phone.begin(page, "worker1")
    page.goto("/#/report?item=0301")
    page.get_by_label("情况").fill("还没写完")
    page.goto("/#/")
    expect(phone.section(page, "还没保存").get_by_role("link")).to_be_visible()
    phone.tab(page, "巡查")
    page.get_by_role("button").filter(has_text="4 个点位").click()
    expect(page.get_by_role("button", name="在此打点")).to_be_visible()
    return phone.record_in_address(page)


def visits(page: Page, server: DemoServer, patrol: str) -> Iterator[str]:
    """Goes from page to page; each is there, and quiet, when its name is given."""
    for name, address in addresses(server, patrol).items():
        page.goto(address)
        expect(page.get_by_role("navigation").or_(page.get_by_role("heading", level=1)).first).to_be_visible()
        if name == "history":
            expect(page.get_by_text("正在读取…")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        yield name
