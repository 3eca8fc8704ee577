# SPDX-License-Identifier: BSD-2-Clause
"""From LLVM's intermediate code to SMT-LIB: functions of numbers, without loops, memory or calls.

functions(IR) answers those in a text that clang wrote, by name. An instruction that is not known here ends the
translation: nothing is passed over. What would be undefined behaviour (a shift too far, an overflow that a flag
promises not to happen, an index outside a constant table, unreachable code) becomes an obligation."""

import dataclasses
import re

ARITHMETIC = {"add": "bvadd", "sub": "bvsub", "mul": "bvmul", "and": "bvand", "or": "bvor", "xor": "bvxor", "shl": "bvshl",
              "lshr": "bvlshr", "ashr": "bvashr"}
COMPARISONS = {"ult": "bvult", "ule": "bvule", "ugt": "bvugt", "uge": "bvuge", "slt": "bvslt", "sle": "bvsle", "sgt": "bvsgt",
               "sge": "bvsge"}


class Unknown(Exception):
    """An instruction that is not translated."""


@dataclasses.dataclass
class Function:
    name: str
    widths: list  # of the arguments %0, %1, …
    width: int  # of the answer
    definitions: list  # (symbol, width, term), each of what comes before
    answer: str
    undefined: list  # terms, each true where the code has no meaning


def width_of(text):
    if not re.fullmatch(r"i\d+", text):
        raise Unknown("type " + text)
    return int(text[1:])


def constant(value, width):
    return "(_ bv%d %d)" % (value % (1 << width), width)


def tables_of(ir):
    """Constant arrays of octets, by name."""
    tables = {}
    for name, text in re.findall(r'^(@\S+) = .*constant \[\d+ x i8\] c"(.*?)"', ir, re.M):
        tables[name] = [int(h, 16) if h else ord(c) for h, c in re.findall(r"\\([0-9A-F]{2})|(.)", text)]
    return tables


def in_order(blocks, first):
    """The names of the blocks, each after those that lead to it."""
    order, begun = [], set()

    def visit(name):
        if name in order:
            return
        if name in begun:
            raise Unknown("a loop, at " + name)
        begun.add(name)
        for target in re.findall(r"label (%\d+)", blocks[name][-1]):
            visit(target)
        order.insert(0, name)
    visit(first)
    return order


class Translation:
    """One function."""

    def __init__(self, head, body, tables):
        self.tables = tables
        result, self.name, arguments = re.match(r"define .*?\b(i\d+) @(\w+)\((.*?)\)", head).groups()
        self.widths = [width_of(a.split()[0]) for a in arguments.split(",") if a.strip()]
        self.width = width_of(result)
        self.values = {"%%%d" % i: ("a%d" % i, w) for i, w in enumerate(self.widths)}
        self.definitions, self.undefined, self.returns = [], [], []
        self.places = {}  # pointers: an octet of a table
        self.edges = {}  # (from, to): condition
        first = "%%%d" % len(self.widths)
        blocks = self.blocks(body, first)
        for self.block in in_order(blocks, first):
            self.here = "true" if self.block == first else self.reached()
            for line in blocks[self.block]:
                self.line(line)

    @staticmethod
    def blocks(body, block):
        """The lines of each block, by its name; a switch is one line."""
        text = re.sub(r"\s*;.*", "", body)
        text = re.sub(r", ![\w.]+ !\d+|,? #\d+\b", "", text)
        text = re.sub(r"\[\n(.*?)\n\s*\]", lambda m: "[ %s ]" % " | ".join(m[1].split("\n")), text, flags=re.S)
        blocks = {block: []}
        for line in filter(None, map(str.strip, text.splitlines())):
            if label := re.fullmatch(r"(\d+):", line):
                block = "%" + label[1]
                blocks[block] = []
            else:
                blocks[block].append(line)
        return blocks

    def define(self, name, width, term):
        symbol = "v" + name.lstrip("%")
        self.definitions.append((symbol, width, term))
        self.values[name] = (symbol, width)

    def value(self, text, width):
        text = text.strip()
        if text in self.values:
            symbol, given = self.values[text]
            if given != width:
                raise Unknown("width of " + text)
            return symbol
        if text in ("true", "false"):
            return constant(int(text == "true"), 1)
        if re.fullmatch(r"-?\d+", text):
            return constant(int(text), width)
        raise Unknown("value " + text)

    def edge(self, target, condition):
        old = self.edges.get((self.block, target))
        self.edges[self.block, target] = "(or %s %s)" % (old, condition) if old else condition

    def reached(self):
        """The condition on which the block is: one of those of the edges that lead there."""
        name = self.block + "_reached"
        self.define(name, 1, "(ite (or false %s) #b1 #b0)" % " ".join(c for (_, to), c in self.edges.items() if to == self.block))
        return "(= %s #b1)" % self.values[name][0]

    def never(self, condition):
        """Undefined where the block is reached and this holds."""
        self.undefined.append("(and %s %s)" % (self.here, condition))

    def line(self, line):
        named = re.fullmatch(r"(%\d+) = (?:tail )?(\w+) (.*)", line)
        if named:
            handler = getattr(self, "do_" + named[2], None)
            if named[2] in ARITHMETIC:
                return self.arithmetic(*named.groups())
            if handler:
                return handler(named[1], named[3])
            raise Unknown(line)
        return self.leave(line)

    def leave(self, line):
        if found := re.fullmatch(r"br label (%\d+)", line):
            self.edge(found[1], self.here)
        elif found := re.fullmatch(r"br i1 (\S+), label (%\d+), label (%\d+)", line):
            condition = self.value(found[1], 1)
            self.edge(found[2], "(and %s (= %s #b1))" % (self.here, condition))
            self.edge(found[3], "(and %s (= %s #b0))" % (self.here, condition))
        elif found := re.fullmatch(r"switch (i\d+) (\S+), label (%\d+) \[(.*)\]", line):
            self.switch(*found.groups())
        elif found := re.fullmatch(r"ret (i\d+) (\S+)", line):
            self.returns.append((self.here, self.value(found[2], width_of(found[1]))))
        elif line == "unreachable":
            self.never("true")
        else:
            raise Unknown(line)

    def switch(self, kind, value, otherwise, cases):
        width = width_of(kind)
        chosen = self.value(value, width)
        others = []
        for case, target in re.findall(r"i\d+ (\S+), label (%\d+)", cases):
            is_this = "(= %s %s)" % (chosen, self.value(case, width))
            others.append("(not %s)" % is_this)
            self.edge(target, "(and %s %s)" % (self.here, is_this))
        self.edge(otherwise, "(and %s %s)" % (self.here, " ".join(others)))

    def arithmetic(self, name, operation, rest):
        flags, kind, a, b = re.fullmatch(r"((?:nuw |nsw |exact )*)(i\d+) (\S+), (\S+)", rest).groups()
        width = width_of(kind)
        a, b = self.value(a, width), self.value(b, width)
        for flag in flags.split():
            self.never(self.overflow(operation, flag, width, a, b))
        if operation in ("shl", "lshr", "ashr"):
            self.never("(bvuge %s %s)" % (b, constant(width, width)))
        self.define(name, width, "(%s %s %s)" % (ARITHMETIC[operation], a, b))

    @staticmethod
    def overflow(operation, flag, width, a, b):
        if operation not in ("add", "sub", "mul", "shl") or flag == "exact":
            raise Unknown("%s %s" % (operation, flag))
        extend = "sign_extend" if flag == "nsw" else "zero_extend"
        wide = ["((_ %s %d) %s)" % (extend, width, x) for x in (a, b)]
        narrow = "((_ %s %d) (%s %s %s))" % (extend, width, ARITHMETIC[operation], a, b)
        return "(not (= (%s %s %s) %s))" % (ARITHMETIC[operation], *wide, narrow)

    def do_icmp(self, name, rest):
        sign, kind, a, b = re.fullmatch(r"(\w+) (i\d+) (\S+), (\S+)", rest).groups()
        a, b = self.value(a, width_of(kind)), self.value(b, width_of(kind))
        term = "(= %s %s)" % (a, b) if sign in ("eq", "ne") else "(%s %s %s)" % (COMPARISONS[sign], a, b)
        self.define(name, 1, "(ite %s %s)" % (term, "#b0 #b1" if sign == "ne" else "#b1 #b0"))

    def do_select(self, name, rest):
        condition, kind, a, _, b = re.fullmatch(r"i1 (\S+), (i\d+) (\S+), (i\d+) (\S+)", rest).groups()
        width = width_of(kind)
        self.define(name, width, "(ite (= %s #b1) %s %s)" % (self.value(condition, 1), self.value(a, width), self.value(b, width)))

    def convert(self, name, rest, form):
        kind, a, to = re.fullmatch(r"(i\d+) (\S+) to (i\d+)", rest).groups()
        narrow, wide = width_of(kind), width_of(to)
        self.define(name, wide, form(narrow, wide) % self.value(a, narrow))

    def do_zext(self, name, rest):
        self.convert(name, rest, lambda n, w: "((_ zero_extend %d) %%s)" % (w - n))

    def do_sext(self, name, rest):
        self.convert(name, rest, lambda n, w: "((_ sign_extend %d) %%s)" % (w - n))

    def do_trunc(self, name, rest):
        self.convert(name, rest, lambda n, w: "((_ extract %d 0) %%s)" % (w - 1))

    def do_call(self, name, rest):
        found = re.fullmatch(r"(i\d+) @llvm\.bswap\.i\d+\(i\d+ (\S+)\)", rest)
        if not found:
            raise Unknown("call " + rest)
        width = width_of(found[1])
        value = self.value(found[2], width)
        octets = ["((_ extract %d %d) %s)" % (low + 7, low, value) for low in range(0, width, 8)]
        self.define(name, width, "(concat %s)" % " ".join(octets))

    def do_phi(self, name, rest):
        kind, arrivals = re.fullmatch(r"(i\d+) (.*)", rest).groups()
        width = width_of(kind)
        choices = [(self.edges[block, self.block], self.value(value, width))
                   for value, block in re.findall(r"\[ (\S+), (%\d+) \]", arrivals)]
        self.define(name, width, self.chosen(choices))

    @staticmethod
    def chosen(choices):
        term = choices[-1][1]
        for condition, value in reversed(choices[:-1]):
            term = "(ite %s %s %s)" % (condition, value, term)
        return term

    def do_getelementptr(self, name, rest):
        found = re.fullmatch(r"inbounds \[(\d+) x i8\], \[\d+ x i8\]\* (@\S+), i64 0, i64 (\S+)", rest)
        if not found or found[2] not in self.tables or len(self.tables[found[2]]) != int(found[1]):
            raise Unknown("getelementptr " + rest)
        self.places[name] = (self.tables[found[2]], self.value(found[3], 64))

    def do_load(self, name, rest):
        found = re.fullmatch(r"i8, i8\* (%\d+), align 1", rest)
        if not found or found[1] not in self.places:
            raise Unknown("load " + rest)
        table, index = self.places[found[1]]
        self.never("(bvuge %s %s)" % (index, constant(len(table), 64)))
        self.define(name, 8, self.chosen([("(= %s %s)" % (index, constant(i, 64)), constant(octet, 8))
                                          for i, octet in enumerate(table)]))

    def function(self):
        return Function(self.name, self.widths, self.width, self.definitions, self.chosen(self.returns), self.undefined)


def functions(ir):
    tables = tables_of(ir)
    found = re.findall(r"^(define [^\n]*) \{\n(.*?)^\}", ir, re.M | re.S)
    return {f.name: f for f in (Translation(head, body, tables).function() for head, body in found)}
