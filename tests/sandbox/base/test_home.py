"""The folder of a sandbox. Prevents: tokens that others can read, and a damaged file without a clear error."""

from __future__ import annotations

import re
from dataclasses import astuple
from pathlib import Path

import pytest

from sandbox.base.home import Credentials, Home, HomeError, Ports, home_path


def test_a_created_home_loads_as_the_same_home(tmp_path: Path) -> None:
    created = Home.create(tmp_path / "home", "auto")
    assert Home.load(tmp_path / "home") == created


def test_only_the_owner_can_read_the_credentials(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", "auto")
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert (home.path / "sandbox.json").stat().st_mode & 0o777 == 0o600


def test_credentials_have_the_form_that_the_vendors_clients_insist_on() -> None:
    made = Credentials.generate()
    assert re.fullmatch(r"[0-9A-Za-z_-]{40}", made.cloudflare_api_token)
    assert re.fullmatch(r"[0-9A-Za-z]{24}", made.vercel_api_token)
    assert made.neon_api_key.startswith("napi_")
    assert made != Credentials.generate()


def test_credentials_never_show_in_a_repr(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", "auto")
    assert not any(secret in repr(home) for secret in astuple(home.credentials))


def test_a_fixed_base_gives_consecutive_ports_and_auto_gives_distinct_ones() -> None:
    assert astuple(Ports.allocate("20000")) == tuple(range(20000, 20011))
    assert len(set(astuple(Ports.allocate("auto")))) == 11


@pytest.mark.parametrize("base", ["", "80", "65530", "many", "-1"])
def test_an_impossible_port_base_is_named_with_its_remedy(base: str) -> None:
    with pytest.raises(HomeError, match=r"LAUNCH_SANDBOX_PORT_BASE is .* or `auto`"):
        Ports.allocate(base)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"ports": {"cloud": 1}, "credentials": {}}', "\x00\x00"])
def test_a_damaged_file_is_one_error_with_its_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandbox.json").write_text(content)
    with pytest.raises(HomeError, match=r"sandbox\.json: it is damaged .* Run `make down`, then `make up`"):
        Home.load(tmp_path)


def test_a_missing_home_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="Start one with `make up`"):
        Home.load(tmp_path / "absent")


def test_the_environment_moves_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH_SANDBOX_HOME", str(tmp_path))
    assert home_path() == tmp_path
    monkeypatch.delenv("LAUNCH_SANDBOX_HOME")
    assert home_path().name == ".sandbox"
