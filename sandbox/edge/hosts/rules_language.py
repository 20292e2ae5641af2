"""The part of Cloudflare's rules language that the launch's rules need; an error names anything else.

https://developers.cloudflare.com/ruleset-engine/rules-language/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.edge.model import Request

Value = str | bool | frozenset[str]
Evaluate = Callable[[Request], Value]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
        | r"(?P<raw>[^"]*)"
        | (?P<operator>==|!=|&&|\|\||[(){},!])
        | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    )""",
    re.VERBOSE,
)


class RuleError(Exception):
    """The expression is invalid, or uses a feature that the sandbox does not simulate."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def evaluate(expression: str, request: Request) -> Value:
    """Return the value of an expression for a request. Raises RuleError."""
    parser = _Parser(_tokens(expression), expression)
    result = parser.disjunction()
    parser.end()
    return result(request)


_FIELDS: Mapping[str, Evaluate] = {
    "http.host": lambda request: request.host,
    "http.request.full_uri": lambda request: request.url,
    "http.request.method": lambda request: request.method,
    "http.request.uri": lambda request: request.target,
    "http.request.uri.path": lambda request: request.path,
    "http.request.uri.query": lambda request: request.query,
    "ip.src": lambda request: request.visitor,
    "ssl": lambda request: request.scheme == "https",
    "true": lambda _: True,
    "false": lambda _: False,
}


def _concat(*parts: str) -> str:
    return "".join(parts)


def _wildcard_replace(source: str, pattern: str, replacement: str) -> str:
    found = _wildcard(pattern).fullmatch(source)
    if found is None:
        return source
    return re.sub(r"\$\{(\d+)\}", lambda match: found[int(match[1])], replacement)


def _regex_replace(source: str, pattern: str, replacement: str) -> str:
    return re.sub(pattern, re.sub(r"\$\{(\d+)\}", r"\\\1", replacement), source, count=1)


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "concat": _concat,
    "lower": str.lower,
    "upper": str.upper,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "wildcard_replace": _wildcard_replace,
    "regex_replace": _regex_replace,
}

_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "!=": lambda left, right: left != right,
    "contains": lambda left, right: right in left,
    "matches": lambda left, right: re.search(right, left) is not None,
    "wildcard": lambda left, right: _wildcard(right).fullmatch(left) is not None,
}


def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, pattern.split("*"))), re.IGNORECASE | re.DOTALL)


def _tokens(expression: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while expression[position:].strip():
        match = _TOKEN.match(expression, position)
        if match is None:
            raise RuleError(f"{expression!r}: syntax error at {expression[position:].strip()[:20]!r}")
        found.append(_token(match))
        position = match.end()
    return found


def _token(match: re.Match[str]) -> _Token:
    if match["string"] is not None:
        return _Token("string", re.sub(r"\\(.)", r"\1", match["string"][1:-1]))
    if match["raw"] is not None:
        return _Token("string", match["raw"])
    kind = "name" if match["name"] else "operator"
    return _Token(kind, match[kind])


class _Parser:
    """A recursive descent parser: or, and, not, comparison, value. It refuses xor."""

    def __init__(self, tokens: list[_Token], expression: str) -> None:
        self._tokens = tokens
        self._expression = expression
        self._next = 0

    def disjunction(self) -> Evaluate:
        left = self._conjunction()
        while self._take("or", "||"):
            first, second = left, self._conjunction()
            left = _either(first, second)
        return left

    def end(self) -> None:
        if self._next < len(self._tokens):
            raise self._error(f"{self._tokens[self._next].text!r} is unexpected here")

    def _conjunction(self) -> Evaluate:
        left = self._negation()
        while self._take("and", "&&"):
            first, second = left, self._negation()
            left = _both(first, second)
        return left

    def _negation(self) -> Evaluate:
        if self._take("not", "!"):
            inner = self._negation()
            return lambda request: not inner(request)
        return self._comparison()

    def _comparison(self) -> Evaluate:
        left = self._value()
        if self._take("in"):
            members = self._set()
            return lambda request: left(request) in members
        for symbol, compare in _COMPARISONS.items():
            if self._take(symbol):
                return _compared(compare, left, self._value())
        return left

    def _value(self) -> Evaluate:
        token = self._pop()
        if token.kind == "string":
            return lambda _: token.text
        if token.text == "(":
            inner = self.disjunction()
            self._expect(")")
            return inner
        if token.kind == "name" and self._take("("):
            return self._call(token.text)
        if token.text in _FIELDS:
            return _FIELDS[token.text]
        raise self._error(f"the sandbox does not simulate {token.text!r}")

    def _call(self, name: str) -> Evaluate:
        if name not in _FUNCTIONS:
            raise self._error(f"the sandbox does not simulate the function {name}()")
        arguments = [self.disjunction()]
        while self._take(","):
            arguments.append(self.disjunction())
        self._expect(")")
        function = _FUNCTIONS[name]
        return lambda request: function(*(argument(request) for argument in arguments))

    def _set(self) -> frozenset[str]:
        self._expect("{")
        members: set[str] = set()
        while not self._take("}"):
            token = self._pop()
            if token.kind != "string":
                raise self._error("only sets of strings are simulated")
            members.add(token.text)
        return frozenset(members)

    def _pop(self) -> _Token:
        if self._next >= len(self._tokens):
            raise self._error("it ends unexpectedly")
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, *texts: str) -> bool:
        here = self._tokens[self._next] if self._next < len(self._tokens) else None
        if here is None or here.kind == "string" or here.text not in texts:
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error(f"{text!r} is missing")

    def _error(self, reason: str) -> RuleError:
        return RuleError(f"{self._expression!r}: {reason}")


def _either(first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda request: bool(first(request)) or bool(second(request))


def _both(first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda request: bool(first(request)) and bool(second(request))


def _compared(compare: Callable[[str, str], bool], left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda request: compare(str(left(request)), str(right(request)))
