"""Is anybody there? Asked before huggingface_hub is, which would try for 23 s."""

import socket
import threading
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def answers(endpoint: str, seconds: float) -> bool:
    """Whether there is anybody at the endpoint, or at the proxy that leads there, within so many seconds.

    In a thread of its own, as no timeout ends the look-up of a name.
    """
    answer: SimpleQueue[bool] = SimpleQueue()

    def knock() -> None:
        try:
            parts = urlsplit(endpoint)
            proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
            parts = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else parts
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), seconds).close()
            answer.put(True)
        except (OSError, ValueError):
            answer.put(False)

    threading.Thread(target=knock, daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return False
