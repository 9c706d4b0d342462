"""A browser without a screen: one websocket session that speaks Streamlit's protocol, and reads what it is sent."""

import asyncio
import html
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import websockets
from google.protobuf.message import Message
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S = 60
"""An answer that takes longer has been lost."""
LONGEST_LABEL = 2000
"""Longer texts are figures, tables and sounds."""


class LostError(Exception):
    """The session is gone: closed, silent, or another one than it was."""


@dataclass
class Answer:
    """What one interaction brought: seconds until the script had finished, labels, and what went wrong."""

    seconds: float = 0.0
    labels: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Widget:
    """A control on the page.

    kind: its name in Streamlit's Element. fragment: what a change of it reruns, "" for the page.
    """

    kind: str
    id: str
    fragment: str

    def state(self, value: str | float | bool) -> WidgetState:
        """The message that sets it.

        value: the label of an option (of a slider, too), a text or a number; True presses a button.
        """
        match self.kind:
            case "slider" | "button_group":
                state = WidgetState(id=self.id)
                state.string_array_value.data.append(str(value))
            case "selectbox" | "text_input":
                state = WidgetState(id=self.id, string_value=str(value))
            case "number_input":
                state = WidgetState(id=self.id, double_value=float(value))
            case "checkbox":
                state = WidgetState(id=self.id, bool_value=bool(value))
            case "button":
                state = WidgetState(id=self.id, trigger_value=bool(value))
            case _:
                raise ValueError(f"a visitor cannot set a {self.kind}")
        return state


class Visitor:
    """A session. `async with Visitor(address) as visitor` connects; leaving closes the websocket."""

    def __init__(self, address: str) -> None:
        self._socket = websockets.connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            ping_interval=None,
        )
        self._pages: dict[str, str] = {}
        self._page = self._session = ""
        self._widgets: dict[str, Widget] = {}

    async def __aenter__(self) -> "Visitor":
        self._stream = await self._socket.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stream.close()

    async def go(self, page: str = "", query: str = "") -> Answer:
        """Open a page by its address, or follow its link in the sidebar; "": the first one."""
        message = BackMsg()
        message.rerun_script.query_string = query
        if self._pages:
            self._page = self._pages[page]
            message.rerun_script.page_script_hash = self._page
        else:
            message.rerun_script.page_name = page
        return await self._ask(message)

    async def choose(self, key: str, value: str | float | bool) -> Answer:
        """Set the widget with that key, as a click does."""
        if key not in self._widgets:
            return Answer(errors=[f"there is no widget {key} on this page"])
        message = self._setting({key: value})
        message.rerun_script.fragment_id = self._widgets[key].fragment
        return await self._ask(message)

    async def hurry(self, changes: Iterable[dict[str, str | float | bool]]) -> Answer:
        """Set widgets again and again without waiting, as a key that is held down does; the answer is to the last."""
        *before, last = [self._setting(choices) for choices in changes]
        for message in before:
            await self._stream.send(message.SerializeToString())
        return await self._ask(last)

    def _setting(self, choices: dict[str, str | float | bool]) -> BackMsg:
        """The message of a whole page's rerun that sets widgets of these keys."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        states = (self._widgets[key].state(value) for key, value in choices.items())
        message.rerun_script.widget_states.widgets.extend(states)
        return message

    async def _ask(self, message: BackMsg) -> Answer:
        answer, started = Answer(), time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._stream.send(message.SerializeToString())
                while not self._take(ForwardMsg.FromString(await self._stream.recv(decode=False)), answer):
                    pass
        except (websockets.ConnectionClosed, TimeoutError) as error:
            raise LostError(f"{type(error).__name__} {error}") from error
        answer.seconds = time.monotonic() - started
        return answer

    def _take(self, message: ForwardMsg, answer: Answer) -> bool:
        """Note what a message says; True where it is the last one."""
        match message.WhichOneof("type"):
            case "new_session":
                new = message.new_session
                if self._session not in ("", new.initialize.session_id):
                    raise LostError("the server does not know the session any more")
                self._session, self._page = new.initialize.session_id, new.page_script_hash
                if not message.metadata.run.fragment_ids:
                    self._widgets.clear()
            case "navigation":
                self._pages |= {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            case "page_not_found":
                answer.errors.append(f"there is no page {message.page_not_found.page_name}")
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._show(message, answer)
            case "script_finished":
                return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _show(self, message: ForwardMsg, answer: Answer) -> None:
        if (kind := message.delta.new_element.WhichOneof("type")) is None:
            return
        element = getattr(message.delta.new_element, kind)
        answer.labels += texts(element)
        if kind == "exception":
            answer.errors.append(f"{element.type}: {element.message}")
        elif kind == "alert" and element.format == Alert.ERROR:
            answer.errors.append(element.body)
        # "$$ID-<hash>-<key>"
        name = getattr(element, "id", "").split("-", 2)
        if len(name) == 3 and name[2] != "None":
            self._widgets[name[2]] = Widget(kind, element.id, message.delta.fragment_id)


def texts(message: Message) -> Iterator[str]:
    """Every short text of a message and of the messages in it; what is bold in a text, once more by itself, and what
    HTML of any length says to those who hear it."""
    for descriptor, value in message.ListFields():
        for one in value if descriptor.is_repeated and not isinstance(value, str | bytes) else (value,):
            if isinstance(one, Message):
                yield from texts(one)
            elif isinstance(one, str) and len(one) < LONGEST_LABEL:
                yield one
                yield from re.findall(r"\*\*(.+?)\*\*", one)
            elif isinstance(one, str):
                yield from map(html.unescape, re.findall(r'aria-label="([^"]*)"', one))
