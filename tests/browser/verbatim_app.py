"""Strangers' texts as pages show them: alone, within Markdown, within a sentence."""

import streamlit as st

from pages.shared.messages import sentence, verbatim

TEXTS = (
    "*take* 1.wav", "loop $120 bpm$ a_1.wav", "[mix](http://x.y).wav",
    "x ![a](http://spy/a.png) [**log in**](http://e)", "https://evil.example/x www.evil.example a@b.cd",
    "song ~~old~~.wav", ":red[hot] :smile: :material/home: :streamlit:", "<img src=x onerror=alert(1)> &amp; &lt;",
    "a`b`c", "1. x", "12) y", "# y", "- z", "+ p", "a -> b <- c <-> d -- e >= f", "H~2~O ==m== ^sup^", "| a | b |",
    "\\*x\\* \\\\", "[^1] [x]: http://y", "***", "___", "mailto:a@b.cd ftp://x.y xmpp:foo@bar.baz", "$$x$$",
    "![[x]]", "> q",
)  # fmt: skip

if __name__ == "__main__":
    for text in TEXTS:
        st.caption(verbatim(text))
        st.markdown(f"**{verbatim(text)}**, 5 s")
        st.error(sentence(ValueError(f"{text} is no path.")))
