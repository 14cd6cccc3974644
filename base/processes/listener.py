"""The listening socket, with a sentence for each way in which it can fail."""

from __future__ import annotations

import errno
import socket

from base.basics.errors import StartRefused
from config import Settings


def listen(chosen: Settings) -> socket.socket:
    """The listening socket.

    Raises:
        StartRefused: the port is taken, not allowed, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    where = f"{chosen.host}:{chosen.port}"
    reasons = {
        errno.EADDRINUSE: f"Le port {chosen.port} est déjà pris ({where}) : "
        "arrêtez l’autre programme ou choisissez OUVRAGE_PORT.",
        errno.EACCES: f"Le port {chosen.port} est réservé au système : choisissez OUVRAGE_PORT "
        "au-dessus de 1023.",
        errno.EADDRNOTAVAIL: f"L’adresse {chosen.host} n’est pas de cette machine : "
        "corrigez OUVRAGE_HOST.",
    }
    try:
        listener.bind((chosen.host, chosen.port))
        listener.listen(256)
    except OSError as fault:
        listener.close()
        sentence = reasons.get(fault.errno or 0)
        if isinstance(fault, socket.gaierror):
            sentence = f"OUVRAGE_HOST : la machine « {chosen.host} » est inconnue."
        raise StartRefused(sentence or f"Impossible d’écouter sur {where} ({fault}).") from fault
    return listener
