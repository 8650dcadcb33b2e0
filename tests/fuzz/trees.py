"""Changes of lists and mappings: JSON and YAML."""

import copy
import json

import yaml

from .values import OUTSIDE, VALUES

NAMES = tuple(VALUES)


def places(tree):
    """Every place in a tree, as a container and a key of it."""
    found, open_ = [], [tree]
    while open_:
        node = open_.pop(0)
        if isinstance(node, dict):
            keys = list(node)
        elif isinstance(node, list):
            keys = range(len(node))
        else:
            continue
        for key in keys:
            found.append((node, key))
            open_.append(node[key])
    return found


def put(node, key, others, how):
    node[key] = copy.deepcopy(VALUES[NAMES[how % len(NAMES)]])


def drop(node, key, others, how):
    del node[key]


def twice(node, key, others, how):
    if isinstance(node, list):
        node.insert(key, copy.deepcopy(node[key]))
    else:
        node[f'{key}{how % 3 or ""}'] = copy.deepcopy(node[key])


def move(node, key, others, how):
    """Take the value of another place."""
    other, at = others[how % len(others)]
    node[key] = copy.deepcopy(other[at])


def rename(node, key, others, how):
    if isinstance(node, dict):
        name = VALUES[NAMES[how % len(NAMES)]]
        name = name if isinstance(name, str) else str(key).upper()
        node[name] = node.pop(key)


def extra(node, key, others, how):
    if isinstance(node, dict):
        node[f'extra {how % 5}'] = VALUES[NAMES[how % len(NAMES)]]


def wrap(node, key, others, how):
    node[key] = [node[key]] if how % 2 else {'a': node[key]}


def as_text(node, key, others, how):
    node[key] = str(node[key])


def leave(node, key, others, how):
    """Put a name that leads elsewhere in place of a text."""
    texts = [(n, k) for n, k in others if isinstance(n[k], str)]
    node, key = texts[how % len(texts)]
    node[key] = OUTSIDE[how // 1024 % len(OUTSIDE)]


CHANGES = dict(
    leave=leave,
    put=put,
    drop=drop,
    twice=twice,
    move=move,
    rename=rename,
    extra=extra,
    wrap=wrap,
    as_text=as_text,
)


def change_tree(tree, change, where, how):
    """The tree after a change at one of its places."""
    box = [tree]
    found = places(box)
    node, key = found[where % len(found)]
    CHANGES[change](node, key, found, how)
    return box[0] if box else None


def change_json(data, change, where, how):
    tree = change_tree(json.loads(data), change, where, how)
    return json.dumps(tree).encode()


def change_yaml(data, change, where, how):
    if b'&' in data:
        return data  # a bomb would go off here
    tree = change_tree(yaml.safe_load(data), change, where, how)
    # JSON is YAML: it writes each value as it is, unlike YAML's dumper.
    return json.dumps(tree).encode()


def alias_bomb(data, where, how):
    """A list of lists of lists: short to write, endless to print."""
    lists = ['&a0 [x, x, x, x, x, x, x, x, x]']
    lists += [f'&a{i} [{", ".join([f"*a{i - 1}"] * 9)}]' for i in range(1, 12)]
    key = ('name', 'detector', '? ', 'other')[how % 4]
    return f'{key}: [{", ".join(lists)}]\n'.encode() + data
