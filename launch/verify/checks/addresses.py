"""DNS: a declared host has an address; a host declared absent has no records."""

from __future__ import annotations

import asyncio

from dns.rdatatype import RdataType

from launch.report import RUN, FailedError
from launch.verify.dns import Names

_ANY_TYPE = (RdataType.A, RdataType.AAAA, RdataType.CNAME, RdataType.TXT, RdataType.MX)


async def resolves(names: Names, host: str) -> str:
    """Check that the host has an address."""
    found = await names.addresses(host)
    if found:
        return ", ".join(sorted(address for address in found if ":" not in address) or found)
    exists = (await names.lookup(host, RdataType.A)).exists
    reason = "has records, but no address" if exists else "does not exist (NXDOMAIN)"
    raise FailedError(f"{host} {reason}", f"{RUN} to create its DNS record again.")


async def is_absent(names: Names, host: str) -> str:
    """Check that the host has no record of any kind."""
    answers = await asyncio.gather(*(names.lookup(host, rdtype) for rdtype in _ANY_TYPE))
    found = [value for answer in answers for value in answer.values]
    if found:
        remedy = "Remove the record by hand, or change the stack's configuration to the intended setup."
        raise FailedError(f"{host} is declared absent, but leads to {', '.join(found)}", remedy)
    # A zone with DNSSEC answers "nothing of this type" instead of NXDOMAIN to avoid signing a denial.
    return "no record" if any(answer.exists for answer in answers) else "NXDOMAIN"
