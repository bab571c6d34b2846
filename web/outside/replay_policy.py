"""What an archived document may do in a reader's browser: run, and ask for what is under its own ticket. Enforced by the
browser, whatever the page's script does.
"""

from __future__ import annotations

_ALWAYS = (
    ("Access-Control-Allow-Origin", "null"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-DNS-Prefetch-Control", "off"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
    ("Referrer-Policy", "no-referrer"),
    (
        "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), clipboard-read=(), clipboard-write=(), display-capture=(), payment=(), "
        "usb=(), serial=(), hid=(), midi=()",
    ),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


def headers(own: str, *, scripts: bool) -> list[tuple[str, str]]:
    """Of every answer. `own`: address of the ticket, with a slash at its end, under which a document may ask; empty where it
    may ask for nothing. `scripts`: whether its own may run.
    """
    # Connection-Allowlist alone holds WebRTC too, of frames that a script makes as well: Chromium since 152.
    allowed = f'("{own}*"); redirects=allow; webrtc=block' if own else "(); webrtc=block"
    return [
        ("Content-Security-Policy", _policy(own, scripts=scripts)),
        ("Connection-Allowlist", allowed),
        *_ALWAYS,
    ]


def _policy(own: str, *, scripts: bool) -> str:
    if not own:
        return "sandbox; default-src 'none'"
    # No frame-ancestors: an archived page that frames another has an origin that no list can name. The ticket is the guard.
    # Frames have an address under the ticket: a frame of data or a blob would begin without `replay_guard`.
    return (
        f"sandbox allow-forms{' allow-scripts' if scripts else ''}; "
        f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src {own} data: blob:; frame-src {own}; "
        f"worker-src {own} blob:; object-src 'none'; form-action {own}; base-uri {own}; manifest-src 'none'; "
        "webrtc 'block'"
    )
