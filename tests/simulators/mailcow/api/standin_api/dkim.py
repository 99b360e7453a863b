"""DKIM keys; they live in Redis only."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode, b64encode
from typing import Any

from .call import Call
from .database import Row
from .errors import Refused
from .loose import cast_list, each, escaped, filled, given, integer, text, words
from .names import is_domain
from .requests import Request

_SELECTOR = re.compile(r"[A-Za-z0-9]+")
_LENGTHS = ((391, "1024"), (564, "2048"), (736, "3072"), (1416, "4096"))


def add(call: Call, data: Row) -> None:
    """``add/dkim``: a key for each domain that has none."""
    say = call.report("dkim", "add", data)
    selector = text(data["dkim_selector"]) if given(data, "dkim_selector") else "dkim"

    def add_one(name: str) -> None:
        if not is_domain(name) or call.redis.hget("DKIM_PUB_KEYS", name) or not _is_selector(selector):
            raise Refused("dkim_domain_or_sel_invalid", name)
        if not call.knows_domain(name):
            raise Refused("access_denied", name)
        private = _new_key(integer(data.get("key_size")))
        if private is None:
            raise Refused("dkim_domain_or_sel_invalid", name)
        _store(call, name, selector, private)
        say.success("dkim_added", name)

    say.for_each(filter(None, words(data.get("domains"))), add_one)


def duplicate(call: Call, data: Row) -> None:
    """``add/dkim_duplicate``: gives the key of one domain to others, over what they have."""
    say = call.report("dkim", "duplicate", data)
    source = data.get("from_domain")
    with say.refusals():
        found = details(call, source, private=True)
        if not found:
            raise Refused("dkim_domain_or_sel_invalid", source)
        for name in filter(None, cast_list(data.get("to_domain"))):
            _store(call, name, found["dkim_selector"], b64decode(found["privkey"]).decode())
            say.success("dkim_duplicated", source, name)


def import_key(call: Call, data: Row) -> None:
    """``add/dkim_import``."""
    say = call.report("dkim", "import", data)
    with say.refusals():
        private = text(data.get("private_key_file")).strip().replace("\r\n", "\n").replace("\r", "\n")
        if _public_part(private) is None:
            raise Refused("private_key_error", "error:1E08010C:DECODER routines::unsupported")
        name, selector = data.get("domain"), text(filled(data, "dkim_selector", "dkim"))
        if not is_domain(name):
            raise Refused("dkim_domain_or_sel_invalid", name)
        if call.redis.hget("DKIM_PUB_KEYS", text(name)) and not integer(data.get("overwrite_existing")):
            raise Refused("dkim_domain_or_sel_exists", name)
        if not _is_selector(selector):
            raise Refused("dkim_domain_or_sel_invalid", name)
        _delete(call, {"domains": name})
        _store(call, text(name), selector, private)
        say.success("dkim_added", name)


def read(call: Call, request: Request) -> Row:
    """``get/dkim/<domain>``."""
    return details(call, request.part(2))


def details(call: Call, name: Any, private: bool = False) -> Row:
    """Key of a domain, empty when there is none; names are compared with their case."""
    public = call.redis.hget("DKIM_PUB_KEYS", text(name))
    if not public:
        return {}
    selector = call.redis.hget("DKIM_SELECTORS", text(name))
    secret = (call.redis.hget("DKIM_PRIV_KEYS", f"{selector}.{name}") or "") if private else ""
    return {
        "pubkey": public,
        "length": next((length for limit, length in _LENGTHS if len(public) < limit), ">= 8192"),
        "dkim_txt": f"v=DKIM1;k=rsa;t=s;s=email;p={public}",
        "dkim_selector": selector,
        "privkey": b64encode(secret.encode()).decode(),
    }


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/dkim``."""
    _delete(call, {"domains": items})


def _delete(call: Call, data: Row) -> None:
    say = call.report("dkim", "delete", data)

    def delete_one(name: Any) -> None:
        if not is_domain(name):
            raise Refused("dkim_domain_or_sel_invalid", name)
        selector = call.redis.hget("DKIM_SELECTORS", name)
        call.redis.hdel("DKIM_PUB_KEYS", name)
        call.redis.hdel("DKIM_PRIV_KEYS", f"{selector}.{name}")
        call.redis.hdel("DKIM_SELECTORS", name)
        say.success("dkim_removed", escaped(name))

    say.for_each(each(data["domains"]), delete_one)


def _store(call: Call, name: str, selector: str, private: str) -> None:
    call.redis.hset("DKIM_PUB_KEYS", name, _public_part(private) or "")
    call.redis.hset("DKIM_SELECTORS", name, selector)
    call.redis.hset("DKIM_PRIV_KEYS", f"{selector}.{name}", private.strip())


def _is_selector(selector: str) -> bool:
    return bool(_SELECTOR.fullmatch(re.sub("[-_.]", "", selector)))


def _new_key(bits: int) -> str | None:
    return _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}") if bits >= 384 else None


def _public_part(private: str) -> str | None:
    pem = _openssl("pkey", "-pubout", feed=private)
    return pem and "".join(pem.strip().splitlines()[1:-1])


def _openssl(*arguments: str, feed: str = "") -> str | None:
    done = subprocess.run(["openssl", *arguments], input=feed, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
