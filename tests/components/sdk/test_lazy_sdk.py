"""Prevents: previews that wait for hundreds of unused modules, and a shortcut that changes the SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


def run(program: str, *, path: Path | None = None) -> dict[str, object]:
    """Return the JSON that `program` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={"PYTHONPATH": f"{PROJECT}:{path}" if path else str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_using_one_resource_loads_its_module_and_not_the_others() -> None:
    result = run(
        "import json, sys, components\n"
        "import pulumi_cloudflare as cloudflare\n"
        "name = cloudflare.DnsRecord.__module__\n"
        "loaded = [m for m in sys.modules if m.startswith('pulumi_cloudflare.')]\n"
        "print(json.dumps({'name': name, 'loaded': len(loaded)}))"
    )
    assert result["name"] == "pulumi_cloudflare.dns_record"
    assert isinstance(result["loaded"], int)
    assert 0 < result["loaded"] < 10


@pytest.mark.parametrize(
    ("package", "names"),
    [
        (
            "pulumi_cloudflare",
            [
                "DnsRecord",
                "DnsRecordArgs",
                "RulesetRuleArgs",
                "GetZoneFilterArgsDict",
                "get_zone_output",
                "get_zone",
                "config",
            ],
        ),
        ("pulumiverse_vercel", ["Project", "ProjectGitRepositoryArgs", "get_project", "Provider", "outputs"]),
    ],
)
def test_every_name_is_the_same_object_as_in_the_whole_package(package: str, names: list[str]) -> None:
    result = run(
        "import json, sys, components\n"
        f"import {package} as sdk\n"
        f"early = {{name: getattr(sdk, name) for name in {names!r}}}\n"
        "lazily = len(sys.modules)\n"
        "getattr(sdk, 'no_such_name', None)\n"
        "same = {name: getattr(sdk, name) is value for name, value in early.items()}\n"
        "print(json.dumps({'same': same, 'grew': len(sys.modules) - lazily}))"
    )
    assert result["same"] == dict.fromkeys(names, True)
    assert isinstance(result["grew"], int)
    assert result["grew"] > 20


def test_the_whole_package_registers_its_types_once_when_it_is_needed() -> None:
    result = run(
        "import json, components\n"
        "from pulumi.runtime import rpc\n"
        "import pulumi_cloudflare as cloudflare\n"
        "cloudflare.DnsRecord\n"
        "before = 'cloudflare' in rpc._RESOURCE_PACKAGES\n"
        "getattr(cloudflare, 'no_such_name', None)\n"
        "getattr(cloudflare, 'no_such_name', None)\n"
        "after = len(rpc._RESOURCE_PACKAGES['cloudflare'])\n"
        "print(json.dumps({'before': before, 'after': after}))"
    )
    assert result == {"before": False, "after": 1}


def test_an_undefined_name_is_an_attribute_error() -> None:
    result = run(
        "import json, components\n"
        "import pulumi_cloudflare as cloudflare\n"
        "try:\n    cloudflare.NoSuchResource\n"
        "except AttributeError as error:\n    print(json.dumps({'error': str(error)}))"
    )
    assert result == {"error": "module 'pulumi_cloudflare' has no attribute 'NoSuchResource'"}


def test_another_layout_of_the_package_falls_back_to_the_ordinary_import(tmp_path: Path) -> None:
    package = tmp_path / "other_layout"
    package.mkdir()
    (package / "__init__.py").write_text("from .everything import Thing\nLOADED = True\n")
    (package / "everything.py").write_text("class Thing:\n    pass\n")
    result = run(
        "import json\n"
        "from components.sdk.lazy_sdk import load_lazily\n"
        "load_lazily('other_layout')\n"
        "from other_layout import Thing\n"
        "import other_layout\n"
        "print(json.dumps({'module': Thing.__module__, 'loaded': other_layout.LOADED}))",
        path=tmp_path,
    )
    assert result == {"module": "other_layout.everything", "loaded": True}


def test_a_package_that_is_already_loaded_stays_as_it_is() -> None:
    result = run(
        "import json, json.decoder, sys\n"
        "from components.sdk.lazy_sdk import load_lazily\n"
        "before = sys.modules['json']\n"
        "load_lazily('json')\n"
        "print(json.dumps({'same': sys.modules['json'] is before}))"
    )
    assert result == {"same": True}


def test_a_missing_package_is_named() -> None:
    from components.sdk.lazy_sdk import load_lazily

    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_sdk'"):
        load_lazily("no_such_sdk")


def test_the_garbage_collector_works_again_after_loading() -> None:
    result = run(
        "import gc, json, components\n"
        "import pulumi_cloudflare as cloudflare\n"
        "cloudflare.DnsRecord\n"
        "print(json.dumps({'enabled': gc.isenabled()}))"
    )
    assert result == {"enabled": True}
