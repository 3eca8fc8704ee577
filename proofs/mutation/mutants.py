# SPDX-License-Identifier: BSD-2-Clause
"""Mutants of C++ sources, found on clang's syntax tree (libclang of Debian's clang 14).

mutate(ROOT, FILES) answers the mutants and, for each file, one text that holds all of them, each behind a switch:

    a < b        becomes   (POSTERN_MUTANT(7) ? (a <= b) : (a < b))
    ++count;     becomes   { if (!POSTERN_MUTANT(8)) { ++count; } }

so that all are compiled at once and one is chosen when a program starts. What the compiler evaluates (the initializers
of constexpr variables) has none, nor has the break that ends a switch. A mutant's name (file, function, what it was, what it is, and a number where that is not
enough) does not depend on lines."""

import bisect
import collections
import dataclasses
import re

from clang.cindex import Config, CursorKind as K, Index

Config.set_compatibility_check(False)

OPERATORS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",),
    "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("|",),
    "+=": ("-=",), "-=": ("+=",), "|=": ("&=",), "&=": ("|=",), "*=": ("+=",), "<<=": (">>=",), ">>=": ("<<=",), "^=": ("|=",)}
FUNCTIONS = (K.FUNCTION_DECL, K.CXX_METHOD, K.CONSTRUCTOR, K.DESTRUCTOR, K.FUNCTION_TEMPLATE, K.CONVERSION_FUNCTION)
LOOPS = (K.FOR_STMT, K.WHILE_STMT, K.CXX_FOR_RANGE_STMT, K.DO_STMT)
DELETED = (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR, K.CALL_EXPR, K.CONTINUE_STMT,
           K.BREAK_STMT, K.UNEXPOSED_EXPR) + LOOPS
NO_EXPRESSION = (K.TYPE_REF, K.TEMPLATE_REF, K.NAMESPACE_REF, K.PARM_DECL, K.TEMPLATE_TYPE_PARAMETER, K.STATIC_ASSERT,
                 K.TEMPLATE_NON_TYPE_PARAMETER, K.ENUM_DECL, K.CXX_BASE_SPECIFIER, K.CONCEPT_SPECIALIZATION_EXPR
                 if hasattr(K, "CONCEPT_SPECIALIZATION_EXPR") else K.TYPE_REF)


@dataclasses.dataclass(frozen=True)
class Mutant:
    number: int
    file: str
    function: str
    was: str
    now: str
    line: int

    def name(self):
        return "\t".join((self.file, self.function, self.was, self.now))


class Source:
    """One file and its sites: {(begin, end, is a statement): {mutated text: (was, now, function)}}."""

    def __init__(self, path, name):
        self.name = name
        self.text = path.read_bytes().decode("latin-1")
        self.sites = collections.defaultdict(dict)
        self.booleans = set()
        self.last_breaks = set()
        self.lines = [m.start() for m in re.finditer("^", self.text, re.M)]

    def at(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def of(self, cursor):
        begin, end = self.at(cursor)
        return self.text[begin:end]

    def expression(self, cursor, function, mutated, was=None, now=None):
        begin, end = self.at(cursor)
        if begin < end:
            self.sites[begin, end, False].setdefault(mutated, (was or self.of(cursor), now or mutated, function))

    def boolean(self, cursor, function, mutated):
        """Likewise, where whatever stands there is converted to bool."""
        self.booleans.add(self.at(cursor))
        self.expression(cursor, function, mutated)

    def statement(self, cursor, function):
        begin, end = self.at(cursor)
        if begin in self.last_breaks:
            return
        rest = re.compile(r"\s*;").match(self.text, end)
        last = cursor
        while last.kind in LOOPS + (K.IF_STMT,):
            last = list(last.get_children())[-1]
        if last.kind != K.COMPOUND_STMT:
            if not rest:
                return
            end = rest.end()
        self.sites[begin, end, True].setdefault("", (self.text[begin:end], "(deleted)", function))


def operator_of(source, left, right):
    return source.text[left.extent.end.offset:right.extent.start.offset].strip()


def binary(source, cursor, left, right, function):
    if (source.at(left)[0], source.at(right)[1]) != source.at(cursor):
        return  # a comparison that C++20 wrote anew
    sign = operator_of(source, left, right)
    a, b = source.of(left), source.of(right)
    note = source.boolean if sign in ("&&", "||") else source.expression
    for other in OPERATORS.get(sign, ()):
        note(cursor, function, "%s %s %s" % (a, other, b))
    if sign in ("&&", "||"):
        note(cursor, function, a)
        note(cursor, function, b)


def unary(source, cursor, function):
    whole, operand = source.of(cursor), source.of(next(cursor.get_children()))
    for sign, other in (("++", "--"), ("--", "++"), ("!", ""), ("~", "")):
        if whole.startswith(sign) and not whole.startswith("!="):
            note = source.boolean if sign == "!" else source.expression
            return note(cursor, function, other + operand)
    return None


def literal(source, cursor, function):
    text = source.of(cursor)
    if cursor.kind == K.CXX_BOOL_LITERAL_EXPR:
        source.expression(cursor, function, "false" if text == "true" else "true")
    elif cursor.kind == K.CHARACTER_LITERAL:
        for step in ("+ 1", "- 1"):
            source.expression(cursor, function, "static_cast<char>(%s %s)" % (text, step), now="%s %s" % (text, step))
    elif re.match(r"[0-9]", text):
        source.expression(cursor, function, text + " + 1")
        if not re.fullmatch(r"0[xX]?0*[uUlL]*", text):
            source.expression(cursor, function, text + " - 1")


def enumerator(source, cursor, function):
    text = source.of(cursor)
    source.expression(cursor, function, "static_cast<decltype(%s)>(static_cast<int>(%s) == 0 ? 1 : static_cast<int>(%s) - 1)"
                      % (text, text, text), now="the enumerator before")


def condition(source, cursor, function):
    if cursor.kind in (K.VAR_DECL, K.DECL_STMT) or source.of(cursor) in ("true", "false"):
        return
    for constant in ("true", "false"):
        source.boolean(cursor, function, constant)


def starts_of_initializer(source, cursor):
    found = re.compile(r"[={(]").search(source.text, cursor.location.offset)
    return found.start() if found else cursor.extent.end.offset


def note_last_break(source, switch):
    """Behind the last statement of a switch nothing is left to be run into."""
    last = switch
    while last.kind in (K.SWITCH_STMT, K.COMPOUND_STMT, K.CASE_STMT, K.DEFAULT_STMT):
        inside = list(last.get_children())
        if not inside:
            return
        last = inside[-1]
    if last.kind == K.BREAK_STMT:
        source.last_breaks.add(source.at(last)[0])


def walk(source, cursor, function, returns_bool):
    """Notes the sites in and below `cursor`, whose function is that."""
    children = list(cursor.get_children())
    kind = cursor.kind
    if kind in FUNCTIONS:
        function, returns_bool = cursor.spelling.split("<")[0], cursor.result_type.spelling == "bool"
    elif kind == K.LAMBDA_EXPR:
        returns_bool = False
    elif kind == K.SWITCH_STMT:
        note_last_break(source, cursor)
    elif kind == K.CASE_STMT:
        children = children[1:]
    elif kind in (K.VAR_DECL, K.FIELD_DECL):
        if re.search(r"\bconstexpr\b", source.text[cursor.extent.start.offset:cursor.location.offset]):
            return  # evaluated when it is compiled: no switch reaches it
        if function is None or kind == K.FIELD_DECL:
            function = cursor.spelling
        begin = starts_of_initializer(source, cursor)
        children = [c for c in children if c.extent.start.offset > begin]
    elif kind == K.BINARY_OPERATOR and len(children) == 2:
        binary(source, cursor, children[0], children[1], function)
    elif kind == K.COMPOUND_ASSIGNMENT_OPERATOR:
        binary(source, cursor, children[0], children[1], function)
    elif kind == K.CALL_EXPR and cursor.spelling in ("operator==", "operator!="):
        arguments = list(cursor.get_arguments())
        if len(arguments) == 2 and all(arguments):
            binary(source, cursor, arguments[0], arguments[1], function)
    elif kind == K.UNARY_OPERATOR:
        unary(source, cursor, function)
    elif kind in (K.INTEGER_LITERAL, K.CHARACTER_LITERAL, K.CXX_BOOL_LITERAL_EXPR):
        literal(source, cursor, function)
    elif kind == K.DECL_REF_EXPR and cursor.referenced is not None and cursor.referenced.kind == K.ENUM_CONSTANT_DECL:
        enumerator(source, cursor, function)
    elif kind in (K.IF_STMT, K.CONDITIONAL_OPERATOR):
        condition(source, children[0], function)
    elif kind == K.RETURN_STMT and returns_bool and children:
        condition(source, children[0], function)
    bodies = children if kind in (K.COMPOUND_STMT,) else children[-1:] if kind in LOOPS + (K.CASE_STMT, K.DEFAULT_STMT) else \
        children[1:] if kind == K.IF_STMT else []
    for child in bodies:
        if child.kind in DELETED and function is not None:
            source.statement(child, function)
    for child in children:
        if child.kind not in NO_EXPRESSION:
            walk(source, child, function, returns_bool)


def abbreviated(text):
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= 70 else text[:56] + " ... " + text[-9:]


def render(source, numbered, outer):
    """The text of the site `outer`, or of the file, with the switches of the sites within it."""
    begin, end = outer[:2] if outer else (0, len(source.text))
    inside = sorted((s for s in source.sites if begin <= s[0] and s[1] <= end and s != outer),
                    key=lambda s: (s[0], -s[1], not s[2]))
    out, at = [], begin
    for site in inside:
        if site[0] < at:
            continue
        out.append(source.text[at:site[0]])
        out.append(switched(source, numbered, site))
        at = site[1]
    out.append(source.text[at:end])
    return "".join(out)


def switched(source, numbered, site):
    begin, end, is_statement = site
    inner = render(source, numbered, site)
    if is_statement:
        return "{ if (!POSTERN_MUTANT(%d)) { %s } }" % (numbered[site, ""], inner)
    cast = "static_cast<bool>" if (begin, end) in source.booleans else ""
    choices = ["POSTERN_MUTANT(%d) ? %s(%s) : " % (numbered[site, mutated], cast, mutated) for mutated in source.sites[site]]
    return "(%s%s(%s))" % ("".join(choices), cast, inner)


def mutate(root, files):
    unity = "".join('#include "%s"\n' % (root / name) for name in files)
    unit = Index.create().parse("unity.cc", args=["-std=c++20", "-I%s" % root], unsaved_files=[("unity.cc", unity)])
    errors = [d.spelling for d in unit.diagnostics if d.severity >= 3]
    if errors:
        raise ValueError("clang does not read core: %s" % errors[:3])
    sources = {str(root / name): Source(root / name, name) for name in files}
    pending = list(unit.cursor.get_children())
    while pending:
        cursor = pending.pop(0)
        source = sources.get(str(cursor.location.file))
        if source is None and cursor.kind not in (K.NAMESPACE, K.LINKAGE_SPEC, K.UNEXPOSED_DECL):
            continue
        if cursor.kind in (K.NAMESPACE, K.LINKAGE_SPEC, K.UNEXPOSED_DECL, K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE):
            pending[:0] = list(cursor.get_children())
        elif cursor.kind in FUNCTIONS + (K.VAR_DECL, K.FIELD_DECL):
            walk(source, cursor, None, False)
    return number(sources)


def number(sources):
    mutants, texts, taken = [], {}, collections.Counter()
    for source in sources.values():
        numbered = {}
        for site in sorted(source.sites):
            for mutated, (was, now, function) in source.sites[site].items():
                name = (source.name, function, abbreviated(was), abbreviated(now))
                taken[name] += 1
                now = name[3] + (" #%d" % taken[name] if taken[name] > 1 else "")
                line = bisect.bisect_right(source.lines, site[0])
                numbered[site, mutated] = len(mutants) + 1
                mutants.append(Mutant(len(mutants) + 1, source.name, function, name[2], now, line))
        texts[source.name] = render(source, numbered, None)
    return mutants, texts
