"""All mutants of a source."""

import ast
import re

from .mutants import Edit, Mutant, described

COMPARISONS = {
    '<': '<=',
    '<=': '<',
    '>': '>=',
    '>=': '>',
    '==': '!=',
    '!=': '==',
    'is': 'is not',
    'is not': 'is',
    'in': 'not in',
    'not in': 'in',
}
ARITHMETIC = {
    '+': '-',
    '-': '+',
    '*': '/',
    '/': '*',
    '//': '*',
    '%': '*',
    '**': '*',
    '@': '*',
    '&': '|',
    '|': '&',
    '<<': '>>',
    '>>': '<<',
}
SYMBOLS = {
    ast.Lt: '<',
    ast.LtE: '<=',
    ast.Gt: '>',
    ast.GtE: '>=',
    ast.Eq: '==',
    ast.NotEq: '!=',
    ast.Is: 'is',
    ast.IsNot: 'is not',
    ast.In: 'in',
    ast.NotIn: 'not in',
    ast.Add: '+',
    ast.Sub: '-',
    ast.Mult: '*',
    ast.Div: '/',
    ast.FloorDiv: '//',
    ast.Mod: '%',
    ast.Pow: '**',
    ast.MatMult: '@',
    ast.BitAnd: '&',
    ast.BitOr: '|',
    ast.LShift: '<<',
    ast.RShift: '>>',
    ast.And: 'and',
    ast.Or: 'or',
}
#: Functions and methods, each with its opposite.
OPPOSITES = dict(
    min='max',
    amin='amax',
    minimum='maximum',
    argmin='argmax',
    all='any',
)
OPPOSITES |= {opposite: name for name, opposite in OPPOSITES.items()}
#: What these are given is a text for a reader.
SPEAKERS = {'warn', 'warning', 'info', 'debug', 'error', 'print', 'print_log'}
#: Comparisons whose swap is their negation.
NEGATED = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)


def mutants_of(source, path):
    """Mutants of a source, in the order of their places.

    Docstrings, annotations, imports, decorators, ``__all__`` and the texts of
    messages are left alone.

    Args:
        source (str): Code of a module.
        path (str): Its file, below the root.
    """
    finder = _Finder(source, path)
    finder.visit(ast.parse(source))
    found = {mutant.edits: mutant for mutant in reversed(finder.found)}
    ordered = sorted(
        found.values(), key=lambda m: (m.line, m.column, m.edits[0].end)
    )
    return described(ordered, source)


class _Finder(ast.NodeVisitor):
    """Walks through a module and collects its mutants."""

    def __init__(self, source, path):
        self.data, self.path = source.encode(), path
        self.starts = [0]
        for line in self.data.split(b'\n'):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.names = []
        self.in_function = 0
        # Lines of the statement, or of the header of the block, in hand.
        self.spans = ()
        self.found = []

    def add(self, operator, *edits):
        start = edits[0].start
        line = self.data.count(b'\n', 0, start) + 1
        self.found.append(
            Mutant(
                path=self.path,
                function='.'.join(self.names),
                operator=operator,
                edits=edits,
                line=line,
                column=start - self.starts[line - 1],
                spans=self.spans if self.in_function else (),
            )
        )

    def start(self, node):
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node):
        return self.data[self.start(node) : self.end(node)].decode()

    def replaced(self, node, text):
        return Edit(self.start(node), self.end(node), text)

    def symbol(self, left, right, old, new):
        """Edit of the operator between two expressions."""
        start, end = self.end(left), self.start(right)
        words = r'\s+'.join(map(re.escape, old.split()))
        # A comment may hold the symbol, too.
        pattern = rb'#[^\n]*|(' + words.encode() + rb')'
        for match in re.finditer(pattern, self.data[start:end]):
            if match[1]:
                return Edit(start + match.start(), start + match.end(), new)
        raise AssertionError(f'{self.path}: no {old} in line {left.lineno}')

    # Statements.

    def visit(self, node):
        if isinstance(node, ast.stmt):
            kept, self.spans = self.spans, _header(node)
            super().visit(node)
            self.spans = kept
        else:
            super().visit(node)

    def visit_FunctionDef(self, node):
        self.names.append(node.name)
        self.in_function += 1
        # A default matters where the function runs.
        self.spans = ((node.body[0].lineno, node.end_lineno),)
        arguments = node.args
        for default in (
            *arguments.defaults,
            *filter(None, arguments.kw_defaults),
        ):
            self.visit(default)
            if isinstance(default, ast.Constant) and isinstance(
                default.value, str
            ):
                self.add(
                    'default',
                    self.replaced(default, repr(default.value + '_')),
                )
        for statement in node.body:
            self.visit(statement)
        self.in_function -= 1
        self.names.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.names.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self.names.pop()

    def visit_Import(self, node):
        pass

    visit_ImportFrom = visit_Import

    def visit_Assign(self, node):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        if '__all__' not in names:
            self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)

    def visit_AugAssign(self, node):
        old = SYMBOLS[type(node.op)]
        if old in ARITHMETIC and not _is_text(node.value):
            edit = self.symbol(
                node.target, node.value, f'{old}=', f'{ARITHMETIC[old]}='
            )
            self.add('arithmetic', edit)
        self.drop(node)
        self.generic_visit(node)

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return
        self.drop(node)
        self.generic_visit(node)

    def visit_Raise(self, node):
        self.drop(node)
        # The exit code is no text.
        if (
            isinstance(node.exc, ast.Call)
            and _name(node.exc.func) == 'SystemExit'
        ):
            self.generic_visit(node)

    def visit_Continue(self, node):
        self.drop(node)

    visit_Break = visit_Continue

    def drop(self, node):
        self.add('statement', self.replaced(node, 'pass'))

    def visit_Return(self, node):
        value = node.value
        if value is None:
            return
        if not (isinstance(value, ast.Constant) and value.value is None):
            self.add('return', self.replaced(value, 'None'))
        self.visit(value)

    def visit_If(self, node):
        if 'TYPE_CHECKING' in self.text(node.test):
            return
        self.negate(node.test)
        self.generic_visit(node)

    # Expressions.

    def visit_IfExp(self, node):
        self.negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node):
        for condition in node.ifs:
            self.negate(condition)
        self.generic_visit(node)

    def negate(self, test):
        """Negate a condition, unless another operator does the same."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return
        if (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and isinstance(test.ops[0], NEGATED)
        ):
            return
        if not isinstance(test, ast.NamedExpr):
            self.add(
                'condition', self.replaced(test, f'(not ({self.text(test)}))')
            )

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        for left, op, right in zip(operands, node.ops, operands[1:]):
            old = SYMBOLS[type(op)]
            edit = self.symbol(left, right, old, COMPARISONS[old])
            self.add('comparison', edit)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        old = SYMBOLS[type(node.op)]
        new = 'or' if old == 'and' else 'and'
        pairs = zip(node.values, node.values[1:])
        self.add('boolean', *(self.symbol(a, b, old, new) for a, b in pairs))
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if _is_text(node):
            return
        old = SYMBOLS.get(type(node.op))
        # Outside functions "|" joins types.
        if old in ARITHMETIC and (old != '|' or self.in_function):
            edit = self.symbol(node.left, node.right, old, ARITHMETIC[old])
            self.add('arithmetic', edit)
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        operator = dict(Not='not', Invert='not', USub='sign')
        kind = operator.get(type(node.op).__name__)
        if kind is not None:
            self.add(kind, self.replaced(node, f'({self.text(node.operand)})'))
        self.generic_visit(node)

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, bool):
            self.add('constant', self.replaced(node, str(not value)))
        elif isinstance(value, int):
            self.add('constant', self.replaced(node, str(value + 1)))
        elif isinstance(value, float):
            # A tiny number times two would be as tiny.
            new = 2 * value if abs(value) >= 1e-3 else value + 1
            self.add('constant', self.replaced(node, repr(new)))

    def visit_Call(self, node):
        name = _name(node.func)
        if name in OPPOSITES:
            end = self.end(node.func)
            edit = Edit(end - len(name), end, OPPOSITES[name])
            self.add('opposite', edit)
        self.visit(node.func)
        if name not in SPEAKERS:
            for argument in (*node.args, *node.keywords):
                self.visit(argument)

    def visit_JoinedStr(self, node):
        pass


def _header(node):
    """First and last line of a statement without the blocks in it."""
    body = getattr(node, 'body', None)
    if not body:
        return ((node.lineno, node.end_lineno),)
    parts = filter(
        lambda part: isinstance(part, ast.expr), ast.iter_child_nodes(node)
    )
    ends = [node.lineno, body[0].lineno - 1, *(p.end_lineno for p in parts)]
    return ((node.lineno, max(ends)),)


def _name(function):
    """Last name of a called function."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ''


def _is_text(node):
    """True of a text that is put together."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr)
