"""The atlas as a graph of neighbours, to walk from one point to another and stay near real data."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

_NEIGHBOURS, _BRIDGES = 12, 16


class NeighbourGraph:
    """Points (N, d) of known groups (N,), each joined to its nearest ones, and each group to each other where the two
    come closest. A hop costs the square of its length: many short hops, near data, are cheaper than one long one
    (Fermat distance, Groisman et al. 2022). usual_distance: median distance of a point from its nearest neighbour."""

    def __init__(self, points: np.ndarray, groups: np.ndarray) -> None:
        self.points = np.asarray(points, dtype=np.float64)
        self._tree = cKDTree(self.points)
        members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
        trees = [cKDTree(self.points[rows]) for rows in members]
        edges = []
        for place, (rows, tree) in enumerate(zip(members, trees, strict=True)):
            count = min(_NEIGHBOURS + 1, len(rows))
            distance, near = tree.query(self.points[rows], list(range(1, count + 1)))
            edges.append((np.repeat(rows, count), rows[near.ravel()], distance.ravel()))
            for others, other in list(zip(members, trees, strict=True))[place + 1 :]:
                distance, near = other.query(self.points[rows])
                closest = np.argsort(distance)[:_BRIDGES]
                edges.append((rows[closest], others[near[closest]], distance[closest]))
        self.usual_distance = float(np.median(self._tree.query(self.points, [2])[0]))
        self._from, self._to, self._length = (np.concatenate(parts) for parts in zip(*edges, strict=True))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance (point,) of points (point, d) from the nearest one of the graph."""
        return self._tree.query(points)[0]

    def walk(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Points (k, d) from a to b, both (d,) and among what comes back, by the cheapest way through the graph."""
        count = len(self.points)
        near = min(_NEIGHBOURS, count)
        # Two points that are near each other need no one between them.
        straight = np.full(1, np.linalg.norm(np.asarray(a, dtype=np.float64) - b))
        starts, ends = [self._from, np.full(1, count)], [self._to, np.full(1, count + 1)]
        lengths = [self._length, straight]
        for number, point in ((count, a), (count + 1, b)):
            distance, index = self._tree.query(point, list(range(1, near + 1)))
            starts.append(np.full(near, number))
            ends.append(index)
            lengths.append(distance)
        cost = np.concatenate(lengths) ** 2 + 1e-12
        graph = coo_array((cost, (np.concatenate(starts), np.concatenate(ends))), shape=(count + 2, count + 2))
        _, before = dijkstra(graph.tocsr(), directed=False, indices=count, return_predecessors=True)
        way = [count + 1]
        while way[-1] != count:
            way.append(int(before[way[-1]]))
        inner = self.points[np.array(way[-2:0:-1], dtype=int)]
        return np.concatenate([np.asarray(a, dtype=np.float64)[None], inner, np.asarray(b, dtype=np.float64)[None]])
