"""Mailcow's own bans: a chain MAILCOW that must be the first rule of INPUT and FORWARD in the tables `ip filter` and `ip6 filter`.

As upstream: when something pushes the jump from first place the service ends with code 2 (and is started again), every start
forgets all bans, private addresses are never banned, log lines come from a Redis channel.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from typing import Any

import redis

CHAIN = "MAILCOW"
MARK = "mailcow"
NETWORK = os.environ.get("IPV4_NETWORK", "172.22.1")
OPTIONS: dict[str, Any] = {
    "ban_time": 1800, "max_ban_time": 10000, "ban_time_increment": True, "max_attempts": 10, "retry_window": 600,
    "netban_ipv4": 32, "netban_ipv6": 128, "banlist_id": str(uuid.uuid4()), "manage_external": 0,
}  # fmt: skip
# Unanchored and greedy like upstream's, with their weaknesses.
PATTERNS = {
    "1": r"mailcow UI: Invalid password for .+ by ([0-9a-f\.:]+)",
    "2": r"Rspamd UI: Invalid password by ([0-9a-f\.:]+)",
    "3": r"warning: .*\[([0-9a-f\.:]+)\]: SASL .+ authentication failed: (?!.*Connection lost to authentication server).+",
    "4": r"warning: non-SMTP command from .*\[([0-9a-f\.:]+)]:.+",
    "5": r"NOQUEUE: reject: RCPT from \[([0-9a-f\.:]+)].+Protocol error.+",
    "6": r"\w+\([^,]+,([0-9a-f\.:]+),<[^>]+>\): Password mismatch \(SHA1 of given password: [a-f0-9]+\)",
    "7": r"\w+\([^,]+,([0-9a-f\.:]+),<[^>]+>\): unknown user \(SHA1 of given password: [a-f0-9]+\)",
}


def nft(statement: str) -> bool:
    """Carry out one statement; False when the kernel refuses it."""
    return subprocess.run(["nft", statement], capture_output=True, check=False).returncode == 0


def objects(listing: str) -> list[dict[str, Any]]:
    answer = subprocess.run(["nft", "-a", "-j", "list", *listing.split()], capture_output=True, check=False, text=True)
    return list(json.loads(answer.stdout)["nftables"]) if answer.returncode == 0 else []


def base_chains(family: str) -> list[str]:
    """The chains that the kernel enters for traffic to this host and through it; Docker makes them."""
    chains = [entry["chain"] for entry in objects(f"chains {family}") if "chain" in entry]
    return [c["name"] for c in chains if c["table"] == "filter" and c.get("hook") in ("input", "forward")]


def rules(family: str, chain: str) -> list[dict[str, Any]]:
    return [entry["rule"] for entry in objects(f"chain {family} filter {chain}") if "rule" in entry]


def clear() -> None:
    for family in ("ip", "ip6"):
        for chain in base_chains(family):
            for rule in rules(family, chain):
                if rule.get("comment") == MARK:
                    nft(f"delete rule {family} filter {chain} handle {rule['handle']}")
        nft(f"flush chain {family} filter {CHAIN}")
        nft(f"delete chain {family} filter {CHAIN}")


def set_up() -> None:
    for family in ("ip", "ip6"):
        chains = base_chains(family)
        if chains and nft(f"add chain {family} filter {CHAIN}"):
            print(f"MAILCOW {family} chain created successfully.")
        for chain in chains:
            nft(f'insert rule {family} filter {chain} counter jump {CHAIN} comment "{MARK}"')
    if os.environ.get("DISABLE_NETFILTER_ISOLATION_RULE", "n").lower() not in ("y", "yes"):
        print(f"Setting {CHAIN} isolation")
        guarded = 'iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 3306, 6379, 8983, 12345 }'
        nft(f'add rule ip filter {CHAIN} {guarded} counter drop comment "mailcow isolation"')


def displaced() -> str:
    """What is wrong with the place of our jump; empty when it is the first rule everywhere."""
    for family in ("ip", "ip6"):
        for chain in base_chains(family):
            marked = [rule.get("comment") == MARK for rule in rules(family, chain)]
            if True not in marked:
                return f"{CHAIN} target not found in {family} {chain} table"
            if not marked[0]:
                return f"{CHAIN} target is in position {marked.index(True) + 1} in the {family} {chain} table"
    return ""


class Bans:
    """Counts failures and bans; all state but the rules is in Redis or forgotten."""

    def __init__(self, store: redis.Redis) -> None:
        self.store = store
        self.attempts: dict[str, list[float]] = {}
        self.times: dict[str, int] = {}
        store.delete("F2B_ACTIVE_BANS", "F2B_PERM_BANS")
        store.set("F2B_OPTIONS", json.dumps({**OPTIONS, **json.loads(store.get("F2B_OPTIONS") or "{}")}))

    def options(self) -> dict[str, Any]:
        return {**OPTIONS, **json.loads(self.store.get("F2B_OPTIONS") or "{}")}

    def patterns(self) -> dict[str, str]:
        if not self.store.get("F2B_REGEX"):
            self.store.set("F2B_REGEX", json.dumps(PATTERNS))
        return dict(json.loads(self.store.get("F2B_REGEX")))

    def log(self, message: str, priority: str = "info") -> None:
        print(message)
        entry = {"time": round(time.time()), "priority": priority, "message": message}
        self.store.lpush("NETFILTER_LOG", json.dumps(entry))

    def watch(self) -> None:
        """Read log lines for ever."""
        channel = self.store.pubsub(ignore_subscribe_messages=True)
        channel.subscribe("F2B_CHANNEL")
        for item in channel.listen():
            for number, pattern in self.patterns().items():
                found = re.search(pattern, item["data"])
                if found:
                    self.failure(found.group(1), number, item["data"])

    def failure(self, address: str, number: str, line: str) -> None:
        try:
            source = ipaddress.ip_address(address)
        except ValueError:  # the patterns take more than addresses
            return
        if source.is_private or source.is_loopback or self.allowed(source):
            return
        self.log(f"{address} matched rule id {number} ({line})", "warn")
        options = self.options()
        network = str(ipaddress.ip_network(f"{source}/{options[f'netban_ipv{source.version}']}", strict=False))
        now = time.time()
        recent = [*self.attempts.get(network, []), now]
        self.attempts[network] = recent if now - recent[-2:][0] <= int(options["retry_window"]) else [now]
        left = int(options["max_attempts"]) - len(self.attempts[network])
        if left > 0:
            self.log(f"{left} more attempts in the next {options['retry_window']} seconds until {network} is banned", "warn")
        else:
            self.ban(network, options)

    def allowed(self, source: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(source in network for network in networks(self.store.hkeys("F2B_WHITELIST")))

    def ban(self, network: str, options: dict[str, Any]) -> None:
        seconds = int(options["ban_time"])
        if options["ban_time_increment"]:
            seconds = max(seconds, min(seconds * 2 ** self.times.get(network, 0), int(options["max_ban_time"])))
        self.log(f"Banning {network} for {seconds // 60} minutes", "crit")
        if int(options["manage_external"]) != 1:
            drop(network)
        self.store.hset("F2B_ACTIVE_BANS", network, round(time.time()) + seconds)

    def unban(self, network: str) -> None:
        self.log(f"Unbanning {network}")
        undrop(network)
        self.times[network] = self.times.get(network, 0) + 1
        self.attempts.pop(network, None)
        self.store.hdel("F2B_ACTIVE_BANS", network)
        self.store.hdel("F2B_QUEUE_UNBAN", network)

    def tend(self) -> None:
        """Lift what is over or asked for; keep the black list as the web interface wants it."""
        now = time.time()
        over = {network for network, end in self.store.hgetall("F2B_ACTIVE_BANS").items() if float(end) <= now}
        for network in over | set(self.store.hkeys("F2B_QUEUE_UNBAN")):
            self.unban(network)
        wanted, active = set(self.store.hkeys("F2B_BLACKLIST")), set(self.store.hkeys("F2B_PERM_BANS"))
        for network in wanted - active:
            drop(network)
            self.store.hset("F2B_PERM_BANS", network, round(now))
            self.log(f"Added host/network {network} to denylist", "crit")
        for network in active - wanted:
            undrop(network)
            self.store.hdel("F2B_PERM_BANS", network)
            self.log(f"Removed host/network {network} from denylist", "crit")


def networks(names: list[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The entries that are networks; host names are not resolved here."""
    found = []
    for name in names:
        try:
            found.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            continue
    return found


def family_of(network: str) -> str:
    return "ip" if ipaddress.ip_network(network, strict=False).version == 4 else "ip6"


def drop(network: str) -> None:
    nft(f'insert rule {family_of(network)} filter {CHAIN} {family_of(network)} saddr {network} counter drop comment "{network}"')


def undrop(network: str) -> None:
    for rule in rules(family_of(network), CHAIN):
        if rule.get("comment") == network:
            nft(f"delete rule {family_of(network)} filter {CHAIN} handle {rule['handle']}")


def connected() -> redis.Redis:
    while True:
        try:
            store = redis.Redis(host=f"{NETWORK}.249", password=os.environ["REDISPASS"], decode_responses=True)
            store.ping()
        except redis.RedisError:
            time.sleep(3)
        else:
            return store


def stop(*_: object) -> None:
    clear()
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    clear()
    print("Initializing mailcow netfilter chain")
    set_up()
    bans = Bans(connected())
    watcher = threading.Thread(target=bans.watch, daemon=True)
    watcher.start()
    while watcher.is_alive():
        time.sleep(10)
        if problem := displaced():
            print(f"{problem}, restarting container to fix it...")
            sys.exit(2)
        bans.tend()
    sys.exit(2)


if __name__ == "__main__":
    main()
