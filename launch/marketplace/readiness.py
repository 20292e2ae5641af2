"""Check that the targets of a listing exist: pages, repositories, and mail to the support address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from dns.rdatatype import RdataType

from launch.marketplace.listing import Listing
from launch.report import Check, FailedError, Finding, UncheckedError
from launch.verify import CONNECT_TO_VARIABLE, Internet, run

_TOGETHER_SECONDS = 45.0
_NO_MAIL = "0 ."
"""The MX record of a domain that receives no mail (RFC 7505)."""


def readiness(listing: Listing, environment: Mapping[str, str], *, seconds: float = _TOGETHER_SECONDS) -> list[Finding]:
    """Check each page, repository and mail record, from the internet or from the sandbox's edge."""

    async def look() -> list[Finding]:
        async with Internet.from_environment(environment) as internet:
            simulated = bool(environment.get(CONNECT_TO_VARIABLE))
            planned = list(_checks(listing, internet, simulated=simulated))
            return await run(planned, seconds=seconds, done=lambda _: None)

    return asyncio.run(look())


def _checks(listing: Listing, internet: Internet, *, simulated: bool) -> Iterator[Check]:
    pages = {plugin.name: {"homepage": plugin.homepage} for plugin in listing.plugins}
    pages[listing.name] = {"support page": listing.support, "privacy page": listing.privacy}
    if listing.terms:
        pages[listing.name]["terms page"] = listing.terms
    for subject, named in pages.items():
        for name, url in named.items():
            yield Check(subject=subject, name=name, run=partial(_page, internet, url))
    repositories = {plugin.name: plugin.repository for plugin in listing.plugins}
    repositories[listing.name] = listing.repository
    for subject, url in repositories.items():
        yield Check(subject=subject, name="repository", run=partial(_repository, internet, url, simulated=simulated))
    domain = listing.owner_email.rpartition("@")[2]
    yield Check(subject=domain, name="mail servers", run=partial(_receives, internet, domain))
    yield Check(subject=domain, name="mail senders", run=partial(_sends, internet, domain))


async def _page(internet: Internet, url: str) -> str:
    """Check that the page is there, on its own host, without a sign-in."""
    chain = await internet.follow(url)
    last = chain[-1]
    if urlsplit(last.url).hostname != urlsplit(url).hostname:
        raise FailedError(f"{url} leads to {last.url}", "The directory shows the page to everybody: serve it itself.")
    if last.status >= 500:
        raise FailedError(f"{last.url} answers {last.status}", "Run `launch verify`: the site itself is in trouble.")
    if last.status != 200:
        raise FailedError(f"{last.url} answers {last.status}, not 200", "Publish the page, or name another.")
    if "text/html" not in last.headers.get("content-type", ""):
        raise FailedError(
            f"{last.url} is not a page ({last.headers.get('content-type') or 'no type'})", "Publish a page."
        )
    return f"200 at {last.url}"


async def _repository(internet: Internet, url: str, *, simulated: bool) -> str:
    """Check that anybody can read the repository."""
    if simulated:
        raise UncheckedError("GitHub is not part of the sandbox", "Look with `--stack prod`, from the internet.")
    response = (await internet.follow(url))[-1]
    if response.status == 404:
        raise FailedError(f"{url} is private, or does not exist", "Make it public before the plugin goes live.")
    if response.status != 200:
        raise UncheckedError(f"{url} answers {response.status}", "Look again later.")
    if urlsplit(response.url).path.lower() != urlsplit(url).path.lower():
        raise FailedError(f"{url} was moved to {response.url}", "Name the new place in plan/marketplace.yaml.")
    return "public"


async def _receives(internet: Internet, domain: str) -> str:
    """Check that the domain of the support address receives mail."""
    found = (await internet.names.lookup(domain, RdataType.MX)).values
    remedy = "Set `mailServers` of the stack, then run `pulumi up`."
    if not found:
        raise FailedError(f"{domain} has no MX record: mail to the support address is lost", remedy)
    if _NO_MAIL in found:
        raise FailedError(f"{domain} declares that it receives no mail", remedy)
    return ", ".join(sorted(found))


async def _sends(internet: Internet, domain: str) -> str:
    """Check for SPF and DMARC, which distinguish mail from the support address from forged mail."""
    found = [_unquoted(each) for each in (await internet.names.lookup(domain, RdataType.TXT)).values]
    spf = [each for each in found if each == "v=spf1" or each.startswith("v=spf1 ")]
    policy = [_unquoted(each) for each in (await internet.names.lookup(f"_dmarc.{domain}", RdataType.TXT)).values]
    dmarc = [each for each in policy if each.startswith("v=DMARC1")]
    for name, records in (("SPF", spf), ("DMARC", dmarc)):
        if len(records) != 1:
            count = "no" if not records else str(len(records))
            raise FailedError(f"{domain} has {count} {name} record{'s' * (count != '1')}", "Run `pulumi up --refresh`.")
    if set(spf[0].split()[1:]) <= {"-all", "~all", "?all"}:
        remedy = "Set `mailSenders` of the stack, then run `pulumi up`."
        raise FailedError(f"SPF of {domain} allows nobody to send: {spf[0]}", remedy)
    return f"{spf[0]}; {dmarc[0]}"


def _unquoted(text: str) -> str:
    """Return the text of a TXT record, which DNS writes in quoted pieces."""
    return "".join(text.split('"')[1::2]) if text.startswith('"') else text
