"""The least that bare numpy does for the same numbers on a balanced panel: nothing is checked, scaled or named."""

import numpy as np


def within(universe) -> np.ndarray:
    """Columns without municipality and year effects: municipalities x years x columns."""
    n_units, n_years = int(universe.units[-1]) + 1, int(universe.times.max()) + 1
    cube = universe.values.reshape(n_units, n_years, -1)
    return cube - cube.mean(axis=1, keepdims=True) - cube.mean(axis=0) + cube.mean(axis=(0, 1))


def slopes(universe, cells) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Demean once, X'X, one batched solve per number of regressors: data, rows, residual, factor of the variance."""
    data = within(universe)
    n_units, n_years, n_columns = data.shape
    flat = data.reshape(n_units * n_years, n_columns)
    products = flat.T @ flat
    rows, residual = np.zeros((2, n_columns, len(cells)))
    sizes = np.array([len(cell.others) for cell in cells])
    for size in np.unique(sizes):
        places = np.flatnonzero(sizes == size)
        columns = np.array([(1, *cells[place].others) for place in places])
        right = np.zeros((len(places), size + 1, 2))
        right[:, 0, 0], right[:, :, 1] = 1, products[columns, 0]
        solved = np.linalg.solve(products[columns[:, :, None], columns[:, None]], right)
        rows[columns, places[:, None]], residual[columns, places[:, None]] = solved[:, :, 0], -solved[:, :, 1]
    residual[0] = 1
    n = len(flat)
    return data, rows, residual, n_units / (n_units - 1) * (n - 1) / (n - sizes - 2 - (n_years - 1))


def floor(universe, cells) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and clustered standard errors: score sums per cluster, block by block of rows and cells, sandwich."""
    data, rows, residual, factor = slopes(universe, cells)
    meat, step = np.empty(len(cells)), 128
    for first in range(0, len(cells), step):
        part, total = slice(first, first + step), 0.0
        for unit in range(0, len(data), 50):
            block = data[unit : unit + 50]
            scores = (block @ rows[:, part]) * (block @ residual[:, part])
            total = total + (scores.sum(axis=1) ** 2).sum(axis=0)
        meat[part] = total
    return -residual[1], np.sqrt(factor * meat)


def floor_by_products(universe, cells) -> tuple[np.ndarray, np.ndarray]:
    """The same from sums of cross-products per cluster, as our kernel does: what its checks and labels cost."""
    data, rows, residual, factor = slopes(universe, cells)
    one, two = np.triu_indices(data.shape[2])
    per_cluster = (np.swapaxes(data, 1, 2) @ data)[:, one, two]
    twice = np.where(one == two, 0.5, 1.0)[:, None]
    sums = per_cluster @ ((rows[one] * residual[two] + rows[two] * residual[one]) * twice)
    return -residual[1], np.sqrt(factor * np.einsum("gs,gs->s", sums, sums))
