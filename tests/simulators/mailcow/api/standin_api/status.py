"""State of the server as the API shows it."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .answers import Answer, compact
from .call import Call
from .database import Row
from .requests import Request

_STARTED = time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime())
# Upstream asks the container daemon. The stand-in asks the network's name server, which knows the containers that run.
_CONTAINERS = {
    "unbound-mailcow": "mailcow/unbound:1.25.1-1",
    "mysql-mailcow": "mariadb:10.11",
    "redis-mailcow": "redis:7.4.6-alpine",
    "clamd-mailcow": "mailcow/clamd:1.71",
    "rspamd-mailcow": "mailcow/rspamd:4.1.4-1",
    "php-fpm-mailcow": "mailcow/phpfpm:8.2.29-3",
    "sogo-mailcow": "mailcow/sogo:5.12.9-1",
    "dovecot-mailcow": "mailcow/dovecot:2.3.21.1-2",
    "postfix-mailcow": "mailcow/postfix:3.10.12-1",
    "postfix-tlspol-mailcow": "mailcow/postfix-tlspol:1.8.23",
    "memcached-mailcow": "memcached:alpine",
    "nginx-mailcow": "mailcow/nginx:1.30.4-1",
    "acme-mailcow": "mailcow/acme:1.98",
    "netfilter-mailcow": "mailcow/netfilter:1.64",
    "watchdog-mailcow": "mailcow/watchdog:2.11",
    "dockerapi-mailcow": "mailcow/dockerapi:2.12",
    "olefy-mailcow": "mailcow/olefy:1.15",
    "ofelia-mailcow": "mcuadros/ofelia:latest",
}


def read(call: Call, request: Request) -> Any:
    """``get/status/<object>``; an unknown object is an empty answer."""
    objects = {"version": _version, "containers": _containers, "vmail": _vmail, "host": _host, "container": _container}
    reader = objects.get(request.part(2))
    return Answer(body=compact(reader(call)).replace("\\/", "/")) if reader else Answer()


def _version(call: Call) -> Row:
    return {"version": call.settings.version}


def _containers(call: Call) -> Row:
    with ThreadPoolExecutor(len(_CONTAINERS)) as pool:
        running = dict(zip(_CONTAINERS, pool.map(_runs, _CONTAINERS), strict=True))
    return {
        name: {
            "type": "info",
            "container": name,
            "state": "running" if running[name] else "exited",
            "started_at": _STARTED,
            "image": image,
        }
        for name, image in _CONTAINERS.items()
    }


def _runs(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return False
    return True


def _vmail(call: Call) -> Row:
    folder = call.settings.mail_folder if Path(call.settings.mail_folder).is_dir() else "/"
    shown = subprocess.run(["df", "-H", folder], capture_output=True, text=True, check=True).stdout
    disk, total, used, _, percent, *_ = shown.splitlines()[-1].split()
    return {"type": "info", "disk": disk, "used": used, "total": total, "used_percent": percent}


def _host(call: Call) -> Row:
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    total, free = (int(memory[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    cores = os.cpu_count() or 1
    return {
        "cpu": {"cores": cores, "usage": round(os.getloadavg()[0] / cores * 100, 1)},
        "memory": {"total": total, "usage": round((total - free) / total * 100, 1), "swap": [0, 0, 0, 0, 0, 0]},
        "uptime": float(Path("/proc/uptime").read_text().split()[0]),
        "system_time": time.strftime("%d.%m.%Y %H:%M:%S"),
        "architecture": platform.machine(),
    }


def _container(call: Call) -> list[Row]:
    used = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    nanoseconds = int(time.process_time() * 1e9)
    return [
        {
            "read": time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime()),
            "cpu_stats": {"cpu_usage": {"total_usage": nanoseconds}},
            "memory_stats": {"usage": used},
        }
    ]


def read_spam_actions(call: Call, request: Request) -> Any:
    """``get/rspamd/actions``: counts of a spam filter that has seen nothing."""
    if request.part(2) != "actions":
        return Answer()
    return [[name, 0] for name in ("reject", "soft reject", "rewrite subject", "add header", "no action")]
