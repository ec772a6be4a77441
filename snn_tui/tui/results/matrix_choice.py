"""What is chosen of the results of several classes or labels: a cell of the matrix, and one of its images."""

from __future__ import annotations

from snn_tui.analysis.task_results import JudgedImage, TaskResults


class MatrixChoice:
    """A cell of the matrix, and the images that are listed: all mistakes, or those of the cell once chosen.

    Args:
        results: The judged split.

    Attributes:
        results: As given.
        row: The true class of the chosen cell, or the label: the one whose ROC curve is drawn.
        column: The predicted class of the chosen cell, or the index of the outcome.
        filtered: Whether the images of the cell are listed.
        images: The listed images.
        index: Index of the chosen one among them.
    """

    def __init__(self, results: TaskResults) -> None:
        self.results = results
        self.row, self.column = _worst(results)
        self.filtered = False
        self.images: list[JudgedImage] = results.mistakes
        self.index = 0

    def choose(self, row: int, column: int) -> None:
        """Choose the cell nearest to a row and column, and list its images."""
        matrix = self.results.matrix
        self.row = min(max(row, 0), len(matrix) - 1)
        self.column = min(max(column, 0), len(matrix[0]) - 1)
        self.filtered, self.index = True, 0
        self.images = self.results.images_of(self.row, self.column)

    def all_mistakes(self) -> bool:
        """List all mistakes again; whether that changed anything."""
        before, self.filtered = self.filtered, False
        if before:
            self.images, self.index = self.results.mistakes, 0
        return before

    def choose_image(self, by: int) -> None:
        """Choose an image further down or up the list."""
        self.index = min(max(self.index + by, 0), max(len(self.images) - 1, 0))

    @property
    def image(self) -> JudgedImage | None:
        """The chosen image; None where none is listed."""
        return self.images[self.index] if self.images else None

    @property
    def words(self) -> str:
        """What the chosen cell counts."""
        return self.results.cell_words(self.row, self.column)


def _worst(results: TaskResults) -> tuple[int, int]:
    """The cell with the most wrong predictions for images of a class, or with a label."""
    labels = results.task.kind == "multilabel"
    cells = {
        (row, column): count
        for row, counts in enumerate(results.matrix)
        for column, count in enumerate(counts)
        if (column == 1 if labels else row != column)
    }
    return max(cells, key=lambda cell: cells[cell])
