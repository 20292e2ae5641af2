"""Cloudflare's API: zones, DNS records, rulesets, Workers and Web Analytics sites, as the API returns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vendors import modules
from vendors.access import Access
from vendors.api import PATIENCE, Api, Json

Document = dict[str, Any]

_PAGE = 100
_PAGE_OF_ZONES = 50


@dataclass(frozen=True)
class Cloudflare:
    """The API on behalf of a token. Every method raises VendorError."""

    api: Api

    @classmethod
    def connect(cls, access: Access, *, patience: float = PATIENCE) -> Cloudflare:
        """Makes no request yet. `patience` is the time in seconds after which a vendor counts as unreachable."""
        token = access.cloudflare_token
        return cls(Api(vendor="Cloudflare", base=access.cloudflare_url, token=token, words=_words, patience=patience))

    def zone(self, name: str) -> Document | None:
        """The zone of this name: id, account, status, name_servers."""
        found = self.pages("/zones", {"name": name}, size=_PAGE_OF_ZONES)
        return next((zone for zone in found if zone["name"] == name), None)

    def account(self, account: str) -> Document:
        """An account, by its id."""
        return self._result(f"/accounts/{_segment(account)}")

    def zone_settings(self, zone: str) -> list[Document]:
        """All settings of a zone."""
        return list(self.api.get(f"/zones/{_segment(zone)}/settings")["result"])

    def dns_records(self, zone: str, **filters: str) -> list[Document]:
        """All DNS records of a zone, or those that match the API's filters, such as name or type."""
        return self.pages(f"/zones/{_segment(zone)}/dns_records", filters)

    def delete_dns_record(self, zone: str, record: str) -> None:
        """Remove a record."""
        self.api.call("DELETE", f"/zones/{_segment(zone)}/dns_records/{_segment(record)}")

    def rulesets(self, zone: str) -> list[Document]:
        """The rulesets of a zone, without their rules. Cloudflare's own have the kind `managed`."""
        found: list[Document] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.api.get(f"/zones/{_segment(zone)}/rulesets", **cursor)
            found += answer["result"]
            after = ((answer.get("result_info") or {}).get("cursors") or {}).get("after")
            if not after:
                return found
            cursor = {"cursor": str(after)}

    def ruleset(self, zone: str, ruleset: str) -> Document:
        """One ruleset with its rules."""
        return self._result(f"/zones/{_segment(zone)}/rulesets/{_segment(ruleset)}")

    def delete_ruleset(self, zone: str, ruleset: str) -> None:
        """Remove a ruleset with its rules."""
        self.api.call("DELETE", f"/zones/{_segment(zone)}/rulesets/{_segment(ruleset)}")

    def page_rules(self, zone: str) -> list[Document]:
        """The page rules of a zone: id, targets, actions, status."""
        return list(self.api.get(f"/zones/{_segment(zone)}/pagerules")["result"])

    def worker_routes(self, zone: str) -> list[Document]:
        """Routes of a zone: the pattern, and the Worker that answers it."""
        return list(self.api.get(f"/zones/{_segment(zone)}/workers/routes")["result"])

    def registration(self, account: str, domain: str) -> Document:
        """A domain that Cloudflare registered: expires_at, auto_renew. Raises MissingError for any other."""
        return self._result(f"/accounts/{_segment(account)}/registrar/domains/{_segment(domain)}")

    def scripts(self, account: str) -> list[Document]:
        """The Workers of an account. A Worker's id is its name."""
        return list(self.api.get(f"/accounts/{_segment(account)}/workers/scripts")["result"])

    def script_settings(self, account: str, name: str) -> Document | None:
        """Bindings and settings of a Worker. They never include the values of secrets."""
        found = self.api.find(f"/accounts/{_segment(account)}/workers/scripts/{_segment(name)}/settings")
        return None if found is None else dict(found["result"])

    def deploy_version(self, account: str, name: str, version: str, *, message: str) -> None:
        """Give all visitors a version that was uploaded before, also where secrets have changed since."""
        asked = {
            "strategy": "percentage",
            "versions": [{"version_id": version, "percentage": 100}],
            "annotations": {"workers/message": message},
        }
        path = f"/accounts/{_segment(account)}/workers/scripts/{_segment(name)}/deployments"
        self.api.call("POST", path, query={"force": "true"}, json=asked)

    def delete_script(self, account: str, name: str) -> None:
        """Delete a Worker, with whatever its Durable Objects hold."""
        path = f"/accounts/{_segment(account)}/workers/scripts/{_segment(name)}"
        self.api.call("DELETE", path, query={"force": "true"})

    def workers_dev(self, account: str) -> str:
        """The account's name below workers.dev; "" while it has none."""
        found = self.api.find(f"/accounts/{_segment(account)}/workers/subdomain")
        return str((found or {}).get("result", {}).get("subdomain") or "")

    def script_modules(self, account: str, name: str) -> tuple[str, dict[str, str]]:
        """Name of a Worker's main module, and the text of each of its modules by name."""
        headers, content = self.api.download(f"/accounts/{_segment(account)}/workers/scripts/{_segment(name)}")
        return modules.read(headers, content)

    def script_part(self, account: str, name: str, part: str, **query: str) -> Json:
        """What belongs to a Worker: schedules, subdomain, versions, deployments or one of them (`versions/ID`)."""
        return self.api.get(f"/accounts/{_segment(account)}/workers/scripts/{_segment(name)}/{part}", **query)["result"]

    def namespaces(self, account: str) -> list[Document]:
        """Namespaces of Durable Objects: id, name, script, class."""
        return self.pages(f"/accounts/{_segment(account)}/workers/durable_objects/namespaces")

    def custom_domains(self, account: str, **filters: str) -> list[Document]:
        """Custom domains of Workers: id, hostname, service, zone_id. Filters are the API's, such as hostname."""
        return list(self.api.get(f"/accounts/{_segment(account)}/workers/domains", **filters)["result"])

    def analytics_sites(self, account: str) -> list[Document]:
        """Web Analytics sites: site_tag, site_token, created and a ruleset, whose zone_name is the host."""
        return self.pages(f"/accounts/{_segment(account)}/rum/site_info/list")

    def delete_analytics_site(self, account: str, site: str) -> None:
        """Remove a site with its history."""
        self.api.call("DELETE", f"/accounts/{_segment(account)}/rum/site_info/{_segment(site)}")

    def pages(self, path: str, filters: Mapping[str, str] | None = None, *, size: int = _PAGE) -> list[Document]:
        """All elements of a list with numbered pages."""
        found: list[Document] = []
        page, pages = 1, 1
        while page <= pages:
            answer = self.api.get(path, **(filters or {}), page=page, per_page=size)
            found += answer["result"]
            information: Mapping[str, Any] = answer.get("result_info") or {}
            pages = int(information.get("total_pages") or -(-int(information.get("total_count") or 0) // size))
            page += 1
        return found

    def _result(self, path: str) -> Document:
        return dict(self.api.get(path)["result"])


def _words(body: Json) -> tuple[str, str]:
    errors = body["errors"]
    return str(errors[0].get("code", "")), "; ".join(
        f"{error.get('message')} ({error.get('code')})" for error in errors
    )


def _segment(value: str) -> str:
    return quote(value, safe="")
