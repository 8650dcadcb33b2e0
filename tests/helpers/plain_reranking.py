"""k-reciprocal re-ranking and query expansion with plain loops and sets."""

import math


def plain_similarity(a, b):
    return math.fsum(float(x) * float(y) for x, y in zip(a, b))


def plain_rerank(query_feat, feats, k1, k2, weight):
    """Distances of the query to the candidates, by the paper's equations."""
    persons = [query_feat, *feats]
    num = range(len(persons))
    sims = [[plain_similarity(a, b) for b in persons] for a in persons]

    def distance(x, y):
        gaps = [0 if z == x else max(1 - sims[x][z], 0) for z in num]
        return gaps[y] / max(*gaps, 1e-6)

    def nearest(x):
        others = sorted((y for y in num if y != x), key=lambda y: -sims[x][y])
        return [x, *others]

    ranked = [nearest(x) for x in num]

    def reciprocal(x, k):
        return {y for y in ranked[x][: k + 1] if x in ranked[y][: k + 1]}

    def expanded(x):
        own = reciprocal(x, k1)
        result = set(own)
        for y in own:
            other = reciprocal(y, math.ceil(k1 / 2))
            if len(own & other) * 3 >= 2 * len(other):
                result |= other
        return result

    def vector(x):
        members = expanded(x)
        values = [
            math.exp(-distance(x, y)) if y in members else 0.0 for y in num
        ]
        return [v / sum(values) for v in values]

    vectors = [vector(x) for x in num]

    def averaged(x):
        near = ranked[x][:k2]
        return [sum(vectors[y][i] for y in near) / len(near) for i in num]

    means = [averaged(x) for x in num]
    result = []
    for y in list(num)[1:]:
        least = sum(map(min, means[0], means[y]))
        most = sum(map(max, means[0], means[y]))
        jaccard = 1 - least / most
        result.append(weight * distance(0, y) + (1 - weight) * jaccard)
    return result


def plain_expansion(query_feat, ranked_feats, k, alpha):
    """Weighted mean of a query and its k best matches, of length 1."""
    total = [float(x) for x in query_feat]
    for feat in ranked_feats[:k]:
        sim = plain_similarity(query_feat, feat)
        weight = 1.0 if alpha == 0 else max(sim, 0.0) ** alpha
        total = [t + weight * float(x) for t, x in zip(total, feat)]
    length = math.sqrt(math.fsum(t * t for t in total))
    return [t / length for t in total]
