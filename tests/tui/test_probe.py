import asyncio, random, time, collections, traceback
from .driving import *
from . import made_runs
from textual.screen import Screen
from textual.widgets import Footer


async def test_a(new_app, root, monkeypatch):
    made_runs.finished_run(root)
    log = []
    orb = Screen.refresh_bindings

    def rb(self):
        log.append(("rb", type(self).__name__, "".join(traceback.format_stack(limit=4)[-2:-1])[-160:]))
        return orb(self)

    monkeypatch.setattr(Screen, "refresh_bindings", rb)
    ob = Footer.bindings_changed

    def bc(self, screen):
        log.append(("changed", type(screen).__name__, self.is_attached))
        return ob(self, screen)

    monkeypatch.setattr(Footer, "bindings_changed", bc)
    ors = Screen._on_resize

    async def rs(self, event):
        log.append(("resize", type(self).__name__, tuple(event.size)))
        return await ors(self, event)

    monkeypatch.setattr(Screen, "_on_resize", rs)
    orc = Footer.recompose

    async def rc(self):
        log.append(("recompose", self.size, self.screen.size))
        if len(log) > 4000:
            for l in log[-30:]:
                print(l)
            import os

            os._exit(1)
        return await orc(self)

    monkeypatch.setattr(Footer, "recompose", rc)
    sizes = random.Random(4)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread")

        for _ in range(30):
            s = (sizes.randint(1, 160), sizes.randint(1, 60))
            log.append(("STORM", s))
            await user.pilot.resize_terminal(*s)
        await user.resize(*WIDE)
        print("done", len(log))
