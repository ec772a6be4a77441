"""The form for a new run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, Select
from textual.widgets._select import SelectOverlay

from snn_tui.render.terminal import Terminal
from snn_tui.runs.store import list_runs, read_config
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, SMALLEST, User, covers, opened


async def test_a_bad_value_shows_the_range_and_start_goes_there(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(), NARROW) as user:
        for field, good, bad, allowed in (
            ("epochs", "20", "0", "a whole number from 1 to 10000"),
            ("epochs", "20", "1e3", "a whole number from 1 to 10000"),
            ("lr", "0.1", "2", "a number from 1e-07 to 1"),
            ("device", "cpu", "tpu", "auto, cpu, cuda, cuda:N or mps"),
            ("seed", "0", "", "a whole number from 0 to 4294967295"),
        ):
            await user.fill(field, bad)
            assert f"✗ {allowed}" in user.sees
            name = "learning rate" if field == "lr" else field
            assert f" {name}: {allowed}" in user.sees
            await user.press("escape", "s")
            assert user.app.focused is user.widget(f"#field-{field}")
            await user.fill(field, good)
            assert "✗" not in user.sees
        assert not list_runs(root)
        assert "paper-s0: 20 epochs, real images" in user.sees


async def test_every_key_stays_in_the_name_field(new_app: NewApp, root: Path) -> None:
    async with opened(new_app()) as user:
        await user.fill("name", "1sql-2D.xn")
        assert user.widget("#field-name", Input).value == "1sql-2D.xn"
        assert "New run" in user.sees
        assert user.app.theme == "textual-dark"
        assert not list_runs(root)


async def test_a_number_field_takes_numbers_and_leaves_letters_to_the_screen(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.fill("epochs", "12")
        await user.press("D")
        assert user.widget("#field-epochs", Input).value == "12"
        assert user.app.theme == "textual-light"


async def test_the_demo_needs_no_file(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.fill("data", "/some/where.npz")
        user.widget("#field-dataset").focus()
        await user.press("enter")
        await user.until(lambda: user.widget("#field-dataset", Select).expanded)
        await user.press("end", "enter")
        await user.until_sees("demo (synthetic)", "the demo makes its own images")
        assert user.widget("#field-data").disabled
        assert "paper-demo-s0: 20 epochs, synthetic images" in user.sees


async def test_another_preset_brings_its_values_and_leaves_the_rest(new_app: NewApp, root: Path) -> None:
    async with opened(new_app()) as user:
        await user.fill("seed", "7")
        user.widget("#field-preset").focus()
        await user.press("enter")
        await user.until(lambda: user.widget("#field-preset", Select).expanded)
        await user.press("down", "enter")
        await user.until_sees("plus-s7: 40 epochs")
        await user.fill("epochs", "3")
        assert user.widget("#field-batch_size", Input).value == "64"
        assert user.widget("#field-balance", Select).value == "none"
        await user.fill("batch_size", "32")
        user.widget("#field-dataset").focus()
        await user.press("enter")
        await user.until(lambda: user.widget("#field-dataset", Select).expanded)
        await user.press("down", "enter", "escape", "s")
        await user.until(lambda: list_runs(root))
        config = read_config(list_runs(root)[0])
        assert (config.preset, config.epochs, config.seed, config.batch_size) == ("plus", 3, 7, 32)
        assert config.layers == "24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP"


async def test_a_select_can_be_left_as_it_was(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        user.widget("#field-balance").focus()
        for key, chosen in (("escape", "undersample"), ("enter", "none")):
            await user.press("enter")
            await user.until(lambda: user.widget("#field-balance", Select).expanded)
            await user.press("down", key)
            await user.until(lambda: not user.widget("#field-balance", Select).expanded)
            assert user.widget("#field-balance", Select).value == chosen


@covers("train", "escape")
async def test_enter_goes_to_the_next_field_and_escape_to_the_button(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.pilot.click("#field-epochs")
        await user.press("enter")
        assert user.app.focused is user.widget("#field-batch_size")
        await user.press("escape")
        assert user.app.focused is user.widget("#start")


def is_on_screen(user: User, selector: str) -> bool:
    """Whether some of a widget is within the screen."""
    return user.widget(selector).region.intersection(user.app.screen.region).area > 0


async def test_the_whole_form_can_be_reached_at_the_smallest_size(new_app: NewApp) -> None:
    async with opened(new_app(), size=(60, 20)) as user:
        await user.fill("epochs", "0")
        assert "epochs: a whole number from 1 to 10000" in user.sees
        for name in ("preset", "dataset", "data", "balance", "epochs", "batch_size", "lr", "seed", "name"):
            user.widget(f"#field-{name}").focus()
            await user.until(partial(is_on_screen, user, f"#field-{name}"))
        await user.fill("name", "small")
        await user.press("escape")
        assert "Start training (s)" in user.sees


async def test_what_the_form_says_is_what_is_trained(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(beta=0.7, epochs=3), size=NARROW) as user:
        await user.fill("epochs", "2")
        await user.fill("seed", "9")
        await user.fill("name", "mine")
        await user.press("escape", "s")
        await user.until_sees("finished")
        (run,) = list_runs(root)
        assert run.title == "mine"
        config = read_config(run)
        assert (config.epochs, config.seed, config.beta) == (2, 9, 0.7)


async def test_the_button_starts_too(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(epochs=1)) as user:
        await user.pilot.click("#start")
        await user.until_sees("finished")
        assert [run.title for run in list_runs(root)] == ["paper-s0"]


async def test_a_folder_that_cannot_be_used_is_told(new_app: NewApp, root: Path) -> None:
    root.rmdir()
    root.write_text("a file")
    async with opened(new_app()) as user:
        await user.press("s")
        await user.until_told("not a folder", "choose another one with --runs-dir")
        assert "New run" in user.sees


async def test_the_path_field_follows_the_cursor_and_completes(new_app: NewApp, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    async with opened(new_app()) as user:
        await user.fill("data", "/some/" + "deep/" * 12 + "end-of-path.npz")
        await user.until_sees("end-of-path.npz")
        await user.fill("data", f"{tmp_path}/fi")
        await user.press("right")
        await user.until(lambda: user.widget("#field-data", Input).value.endswith("/films/"))


BARE = Terminal("none", unicode=True, slow=False)
SIXTEEN = Terminal("16", unicode=True, slow=False)


@pytest.mark.parametrize(
    ("terminal", "theme", "mark"),
    [(LOCAL, None, "▸"), (LOCAL, "light", "▸"), (SIXTEEN, None, "▸"), (BARE, None, "▸"), (ASCII, None, ">")],
)
async def test_the_focused_row_has_a_mark_besides_its_colour(
    new_app: NewApp, terminal: Terminal, theme: str | None, mark: str
) -> None:
    app = new_app(terminal)
    async with opened(app, NARROW) as user:
        if theme:
            await user.press("D")
        assert f"{mark}  Start training" in user.sees
        for name, label in (("preset", "preset"), ("epochs", "epochs"), ("name", "name")):
            user.widget(f"#field-{name}").focus()
            await user.until_sees(f"{mark} {label}")
            assert user.sees.count(f"{mark} ") == 1


@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
async def test_a_dropdown_has_a_frame_around_its_choices(new_app: NewApp, terminal: Terminal) -> None:
    async with opened(new_app(terminal), NARROW) as user:
        user.widget("#field-preset").focus()
        await user.press("enter")
        await user.until(lambda: user.widget("#field-preset", Select).expanded)
        await user.until(lambda: user.sees.count("plus") > 1)  # the hint beside the field names it, too
        lines = user.sees.splitlines()
        row = max(index for index, line in enumerate(lines) if "plus" in line)
        left = lines[row].index("plus") - 1
        side, corner = ("│", "╰") if terminal.unicode else ("|", "+")
        assert lines[row][left] == side
        assert lines[row + 1][left] == corner
        assert user.widget("#field-preset", Select).query_one(SelectOverlay).styles.border_top[0] != ""


async def test_hints_are_read_whole_at_the_smallest_size(new_app: NewApp) -> None:
    async with opened(new_app(), SMALLEST) as user:
        for name, hint in (
            ("epochs", "a whole number from 1 to 10000"),
            ("device", "auto, cpu, cuda, cuda:N or mps"),
        ):
            user.widget(f"#field-{name}").focus()
            await user.until_sees(hint)
            assert "…" not in user.sees
        await user.resize(*NARROW)
        user.widget("#field-preset").focus()
        await user.until_sees("plus is better.")


@pytest.mark.parametrize("size", [NARROW, (100, 30)])
async def test_hints_beside_the_fields_are_whole(new_app: NewApp, size: tuple[int, int]) -> None:
    async with opened(new_app(), size) as user:
        assert "plus is better." in user.sees
        assert "…" not in user.sees


async def choose_images(user: User, value: str) -> None:
    """Choose the images in the form."""
    user.widget("#field-dataset", Select).value = value
    await user.pilot.pause()


async def test_all_sets_can_be_chosen_and_a_file_of_ones_own(new_app: NewApp, root: Path) -> None:
    async with opened(new_app()) as user:
        await choose_images(user, "organsmnist")
        await user.until_sees("OrganSMNIST", "paper-organsmnist-s0: 20 epochs, real images")
        await choose_images(user, "own")
        await user.until_sees("file: a file, or a folder with a folder of pictures for each class")
        await user.press("escape", "s")
        assert user.app.focused is user.widget("#field-data")
        assert not list_runs(root)
        await user.fill("data", "/some/scans.npz")
        await user.until_sees("paper-scans-s0: 20 epochs, real images")


async def test_a_demo_of_a_set_that_the_command_line_named_can_be_left(new_app: NewApp) -> None:
    async with opened(new_app(dataset="demo-retinamnist", size=20)) as user:
        await user.until_sees("demo of RetinaMNIST", "paper-demo-retinamnist-20-s0")
        await choose_images(user, "retinamnist")
        await user.until_sees("RetinaMNIST has no images of 20 pixels: give 28, 64, 128 or 224")
        assert "✗" not in user.sees


async def test_a_folder_of_pictures_is_ones_own_unless_another_set_is_chosen(
    new_app: NewApp, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "lesions" / "cat").mkdir(parents=True)
    async with opened(new_app(epochs=1)) as user:
        await user.fill("data", str(tmp_path / "lesions"))
        await user.until_sees("paper-lesions-s0: 1 epoch, real images")
        await choose_images(user, "breastmnist")
        await user.until_sees("BreastMNIST is no folder of pictures")
        await choose_images(user, "pneumoniamnist")
        await user.until_sees("paper-lesions-s0: 1 epoch, real images")
        await user.press("escape", "s")
        await user.until(lambda: list_runs(root))
        assert read_config(list_runs(root)[0]).dataset == "own"
