"""A plugin's folder against the directory's rules. Prevents: a submission that is refused for a visible
flaw, and a rule that nothing can break.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from launch.marketplace.contents import Checkout, examine
from launch.marketplace.contents.checkout import CheckoutError
from launch.report import Finding, Verdict
from tests.launch.marketplace.plugin import HOOK, LISA, LISTING, document, good, png, write

MANIFEST = ".claude-plugin/plugin.json"
BLOCKS, NOTED, UNKNOWN = Verdict.FAILED, Verdict.NOTED, Verdict.UNCHECKED
Break = Callable[[Path], object]


def manifest(**changes: object) -> Break:
    return lambda folder: write(folder, MANIFEST, json.dumps(document(**changes)))


def file(name: str, content: str | bytes) -> Break:
    return lambda folder: write(folder, name, content)


def without(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def link(name: str) -> Break:
    return lambda folder: (folder / name).symlink_to("../README.md")


def hooks(**hook: object) -> Break:
    return file("hooks/hooks.json", json.dumps({"hooks": {"Stop": [{"hooks": [hook]}]}}))


def server(**entry: object) -> Break:
    return file(".mcp.json", json.dumps({"mcpServers": {"one": entry}}))


def found(folder: Path) -> list[Finding]:
    return examine(LISTING, LISA, Checkout.of(folder))


def test_a_plugin_that_keeps_all_rules_passes_each_group(tmp_path: Path) -> None:
    findings = found(good(tmp_path))
    assert [each for each in findings if each.verdict is not Verdict.PASSED] == []
    assert len(findings) == 6


KEY = "ghp_" + "a1" * 18
RULES: list[tuple[str, Verdict, Break]] = [
    ("MANIFEST_MISSING", BLOCKS, without(MANIFEST)),
    ("MANIFEST_INVALID", BLOCKS, file(MANIFEST, "{")),
    ("MANIFEST_INVALID", BLOCKS, file(MANIFEST, "[]")),
    ("MANIFEST_DIFFERS", BLOCKS, manifest(name="liza")),
    ("MANIFEST_DIFFERS", NOTED, manifest(description="Another.")),
    ("PRIVACY_URL_MISSING", BLOCKS, manifest(privacyPolicyUrl=None)),
    ("LISTING_URL_SCHEME", BLOCKS, manifest(documentationUrl="http://prductr.com/lisa")),
    ("LISTING_URL_SCHEME", BLOCKS, manifest(documentationUrl=7)),
    ("VERSION_MISSING", NOTED, manifest(version=None)),
    ("COMPONENT_KEY", BLOCKS, manifest(mcpservers={})),
    ("COMPONENT_KEY", BLOCKS, manifest(experimental={"hooks": {}})),
    ("UNKNOWN_FIELD", NOTED, manifest(price=49)),
    ("PATH_OUTSIDE", BLOCKS, manifest(commands=["./ok.md", "../shared/x.md"])),
    ("PATH_OUTSIDE", BLOCKS, manifest(skills="/etc")),
    ("HOOKS_TWICE", NOTED, manifest(hooks="./hooks/hooks.json")),
    ("ICON_MISSING", NOTED, manifest(icon=None)),
    ("ICON_INVALID", BLOCKS, manifest(icon="./none.png")),
    ("ICON_INVALID", BLOCKS, file("icon.png", png(512, 513))),
    ("ICON_INVALID", BLOCKS, file("icon.png", png(256, 256))),
    ("ICON_INVALID", BLOCKS, file("icon.png", b"GIF89a")),
    ("README_MISSING", BLOCKS, without("README.md")),
    ("README_TRIVIAL", BLOCKS, file("README.md", "# Lisa\n\n```\n" + "word " * 60 + "\n```\n")),
    (
        "LICENSE_MISSING",
        BLOCKS,
        lambda folder: (without("LICENSE")(folder), manifest(license="")(folder)),
    ),
    ("SYSTEM_FILE", BLOCKS, file("commands/.DS_Store", "x")),
    ("FILE_NAME", BLOCKS, file("docs/con.md", "x")),
    ("FILE_NAME", BLOCKS, file("docs/a:b.md", "x")),
    ("FILE_NAME", BLOCKS, lambda folder: (file("a.md", "x")(folder), file("A.md", "x")(folder))),
    ("SYMBOLIC_LINK", BLOCKS, link("commands/linked.md")),
    ("SYMBOLIC_LINK", NOTED, lambda folder: (folder / "linked.md").symlink_to("README.md")),
    ("LFS_POINTER", BLOCKS, file("skills/big.md", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n")),
    ("ATTRIBUTES", BLOCKS, file(".gitattributes", "*.bin filter=lfs diff=lfs\n")),
    ("ATTRIBUTES", BLOCKS, file("docs/.gitattributes", "tests export-ignore\n")),
    ("MANY_FILES", NOTED, lambda folder: [file(f"docs/{n}.md", "x")(folder) for n in range(513)]),
    ("LONG_FILE", NOTED, file("long.md", "x" * (256 << 10))),
    ("BINARY", NOTED, file("program.exe", b"MZ\0\0")),
    ("BINARY", NOTED, file("latin.txt", b"caf\xe9 " * 40)),
    ("TOO_LARGE", BLOCKS, file("huge.png", b"x" * (5 << 20))),
    ("UNPINNED_LAUNCHER", BLOCKS, server(command="npx", args=["-y", "server@latest"])),
    ("UNPINNED_LAUNCHER", BLOCKS, server(command="npx", args=["-y", "server@^1.2.3"])),
    ("UNPINNED_LAUNCHER", BLOCKS, file("hooks/start.sh", "uvx tool\n")),
    ("UNPINNED_LAUNCHER", BLOCKS, file("hooks/start.sh", "uv run tool.py\n")),
    ("PINNED_LAUNCHER", NOTED, server(command="npx", args=["-y", "@org/server@1.2.3"])),
    ("PINNED_LAUNCHER", NOTED, file("hooks/start.sh", "uv run --locked tool.py\n")),
    (
        "PACKAGE_SOURCE",
        BLOCKS,
        lambda folder: (
            file(".npmrc", "registry=https://packages.example.com\n")(folder),
            file("hooks/start.sh", "npx a@1.2.3\n")(folder),
        ),
    ),
    (
        "LOCKFILE_INSTALL",
        NOTED,
        lambda folder: (file("package.json", "{}")(folder), file("bun.lock", "")(folder)),
    ),
    ("MCP_INVALID", BLOCKS, file(".mcp.json", "{")),
    ("MCP_INVALID", BLOCKS, server(cmd="node")),
    ("MCP_INVALID", BLOCKS, server(url="https://mcp.prductr.com")),
    ("MCP_NOT_HTTPS", BLOCKS, server(type="http", url="http://mcp.prductr.com")),
    ("MCP_BUNDLE", NOTED, manifest(mcpServers="./one.mcpb")),
    ("MCP_BUNDLE", BLOCKS, manifest(mcpServers="https://prductr.com/one.mcpb")),
    ("HOOKS_INVALID", BLOCKS, file("hooks/hooks.json", "[]")),
    ("HOOKS_INVALID", BLOCKS, hooks(type="shell", command="x")),
    ("HOOK_EVENT", UNKNOWN, file("hooks/hooks.json", json.dumps({"hooks": {"Started": []}}))),
    ("HOOK_NOT_HTTPS", BLOCKS, hooks(type="http", url="http://prductr.com/hook")),
    ("COMMAND_UNREAD", NOTED, server(command="python3", args=["-c", "print()"])),
    ("COMMAND_UNREAD", NOTED, hooks(type="command", command="sh start.sh")),
    ("COMMAND_UNREAD", NOTED, hooks(type="command", command='echo "')),
    ("CREDENTIAL", BLOCKS, file("docs/setup.md", f"export GITHUB={KEY}\n")),
    ("CREDENTIAL", BLOCKS, file("docs/setup.md", "-----BEGIN RSA PRIVATE KEY-----\n")),
    ("CREDENTIAL", BLOCKS, file("docs/setup.md", "postgres://app:hunter22hunter@db.prductr.com/x\n")),
    ("MACHINE_CREDENTIAL", NOTED, file("docs/setup.md", 'curl -H "authorization: $GITHUB_TOKEN"\n')),
    ("COMPONENT_NAME", BLOCKS, file("Commands/x.md", "---\ndescription: x\n---\n")),
    ("COMPONENT_NAME", BLOCKS, file("skills/x/skill.md", "---\ndescription: x\n---\n")),
    ("FRONT_MATTER", BLOCKS, file("commands/x.md", "---\ndescription: a: b: c\n---\n")),
    ("FRONT_MATTER", BLOCKS, file("agents/x.md", "---\ndescription: [a]\n---\n")),
    ("FRONT_MATTER", NOTED, file("commands/x.md", "> Deprecated.\n\n---\ndescription: x\n---\n")),
    ("FRONT_MATTER", NOTED, file("commands/x.md", "---\nname: x\n---\n")),
]


@pytest.mark.parametrize(("code", "verdict", "broken"), RULES, ids=[f"{n}-{rule[0]}" for n, rule in enumerate(RULES)])
def test_each_broken_rule_is_named_alone(tmp_path: Path, code: str, verdict: Verdict, broken: Break) -> None:
    folder = good(tmp_path)
    broken(folder)
    issues = [each for each in found(folder) if each.verdict is not Verdict.PASSED]
    beside = {"PACKAGE_SOURCE": {"PINNED_LAUNCHER"}, "LICENSE_MISSING": {"MANIFEST_DIFFERS"}}.get(code, set())
    assert {each.name for each in issues} == {code} | beside
    assert verdict in {each.verdict for each in issues if each.name == code}
    assert all(each.remedy for each in issues)


def test_no_credential_is_ever_shown(tmp_path: Path) -> None:
    folder = good(tmp_path)
    write(folder, "docs/setup.md", f"\n\nexport GITHUB={KEY}\n")
    [issue] = [each for each in found(folder) if each.name == "CREDENTIAL"]
    assert "docs/setup.md:3" in issue.detail
    assert KEY not in str(issue)


@pytest.mark.parametrize("text", ["postgres://USER:PASSWORD@HOST/x", "https://user:${TOKEN}@host/", "sk-ant-KEY"])
def test_a_placeholder_for_a_credential_is_not_a_credential(tmp_path: Path, text: str) -> None:
    folder = good(tmp_path)
    write(folder, "docs/setup.md", text)
    assert [each for each in found(folder) if each.name == "CREDENTIAL"] == []


def test_a_subfolder_of_a_repository_is_judged_as_the_portal_does(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    folder = good(tmp_path / "plugins" / "lisa")
    write(folder, "hooks/hooks.json", json.dumps({"hooks": {"Stop": [{"hooks": [{**HOOK, "command": "echo $HOME"}]}]}}))
    write(folder, ".mcp.json", json.dumps({"a": {"command": "node", "args": ["${CLAUDE_PLUGIN_ROOT}/a.js"]}}))
    write(tmp_path, ".gitattributes", "* filter=x\n")
    git(tmp_path, "add", "--all")
    verdicts = {each.name: each.verdict for each in found(folder)}
    assert verdicts["COMMAND_UNREAD"] is BLOCKS
    assert verdicts["SCRIPT_UNFOLLOWED"] is NOTED
    assert verdicts["ATTRIBUTES"] is BLOCKS


def test_only_committed_files_are_judged_and_a_submodule_is_detected(tmp_path: Path) -> None:
    folder = good(tmp_path / "lisa")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    write(folder, ".DS_Store", "left by a person's machine")
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    commit(inner)
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "vendored")
    names = {each.name for each in found(folder)}
    assert "SYSTEM_FILE" not in names
    assert "SUBMODULE" in names


@pytest.mark.parametrize("name", ["none", "README.md"])
def test_a_path_that_is_not_a_folder_cannot_be_examined(tmp_path: Path, name: str) -> None:
    good(tmp_path)
    with pytest.raises(CheckoutError) as raised:
        Checkout.of(tmp_path / name)
    assert raised.value.remedy


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "-c", "user.name=t", "-c", "user.email=t@prductr.com", "commit", "--quiet", "--allow-empty", "-m", "x")
