"""The two pages: the terminal, and the question for a password. Nothing in them comes from anywhere but this server.

The page of textual-serve fetches a font from elsewhere and opens downloads in a new window at the server's root, where
our cookie is not sent; this one brings its own font and lets the same window download below its own place.
"""

from __future__ import annotations

from html import escape

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the place's name and the token are nobody else's business
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_STYLE = """
@font-face { font-family: "Roboto Mono"; src: url("static/fonts/RobotoMono-VariableFont_wght.ttf"); }
html, body { margin: 0; height: 100%; background: #11151c; color: #cdd3de; font-family: "Roboto Mono", monospace; }
.textual-terminal { width: 100vw; height: 100vh; }
.said { position: fixed; inset: 0; display: flex; align-items: center; justify-content: center; text-align: center; }
body.-first-byte .opening, .over { display: none; }
body.-closed .over { display: flex; background: #11151cdd; z-index: 9; }
form { width: 24rem; margin: 20vh auto; } input, button { font: inherit; padding: .4rem; width: 100%; margin: .3rem 0; }
"""

_SCRIPT = """
const place = new URL("./", location.href);
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = new URL("ws", place).href.replace(/^http/, "ws");
addEventListener("load", () => setTimeout(() => document.querySelector(".xterm-helper-textarea")?.focus(), 50));
const open = window.open.bind(window);
window.open = (url, target) => {
  const wanted = new URL(url, location.href);
  if (wanted.origin === location.origin && wanted.pathname.startsWith("/download/")) {
    const link = document.createElement("a");
    link.href = new URL(wanted.pathname.slice(1), place).href;
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
    return null;
  }
  return wanted.protocol.startsWith("http") ? open(wanted.href, target, "noopener") : null;
};
"""


def policy(nonce: str) -> str:
    """The Content-Security-Policy of a page."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",  # the terminal widget writes its own style sheets
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def terminal_page(title: str, nonce: str) -> str:
    """The dashboard."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<link rel="stylesheet" href="static/css/xterm.css"><style>{_STYLE}</style></head>
<body>
<div class="said opening">Opening the dashboard ...</div>
<div class="said over"><div>The dashboard has ended.<br>Reload this page to open it again.</div></div>
<div id="terminal" class="textual-terminal" data-font-size="15"></div>
<script nonce="{nonce}">{_SCRIPT}</script>
<script src="static/js/textual.js"></script>
</body></html>
"""


def password_page(token: str, said: str) -> str:
    """The question for the password; `said` is what was wrong with the last answer."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>dfs</title><style>{_STYLE}</style></head>
<body><form method="post" action="/enter">
<input type="hidden" name="token" value="{escape(token, quote=True)}">
<label>Password of this dashboard <input type="password" name="password" autofocus></label>
<button>Open</button><p>{escape(said)}</p></form></body></html>
"""
