"""The CSV file of scripts/accounts: read strictly, in the words of platen account."""
import re
import stringprep
import sys
import unicodedata

FAILED, USAGE, NOT_ALLOWED, NO_CONNECTION, INTERRUPTED = 1, 2, 4, 5, 130
FILE_MAX, ROW_MAX, CELLS_MAX, ROWS_MAX = 16 * 1024 * 1024, 64 * 1024, 256, 100000
JID_MAX, PASSWORD_MAX, TOLD_MAX = 240, 1023, 100


class Ended(Exception):
    """Why nothing more can be done: exit status, condition, text."""
    def __init__(self, status, condition, text):
        super().__init__(text)
        self.status, self.condition, self.text = status, condition, text


def clean(text):
    """Nothing that a file or a server says moves the terminal."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


class Mistake(Exception):
    pass


class Rows:
    """RFC 4180, strictly, with the line of each row: what the module csv does not give."""
    def __init__(self, data):
        self.data = data
        self.at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        self.next = self.line = 1

    def _ends(self, at):
        """How many bytes end a line there."""
        return 1 if self.data[at:at + 1] == b"\n" else 2 if self.data[at:at + 2] == b"\r\n" else 0

    def row(self):
        """The next row's cells; None at the end; Mistake, after which it goes on."""
        while self._ends(self.at):
            self.at += self._ends(self.at)
            self.next += 1
        self.line, begin, cells, more = self.next, self.at, [], True
        if self.at == len(self.data):
            return None
        try:
            while more:
                cell, more = self._cell()
                if len(cells) == CELLS_MAX:
                    raise Mistake("more than 256 cells")
                cells.append(cell.decode())
        except Mistake:
            if more:
                self._skip_line()
            raise
        if self.at - begin > ROW_MAX:
            raise Mistake("the line is over 64 KiB")
        return cells

    def _skip_line(self):
        lf = self.data.find(b"\n", self.at)
        self.next += lf >= 0
        self.at = lf + 1 if lf >= 0 else len(self.data)

    def _cell(self):
        quoted = self.data[self.at:self.at + 1] == b'"'
        cell = self._quoted() if quoted else self._plain()
        more = self.data[self.at:self.at + 1] == b","
        ends = self._ends(self.at)
        self.next += ends > 0
        self.at += 1 if more else ends
        return cell, more

    def _quoted(self):
        found = re.compile(rb'"((?:[^"\0]+|"")*)("?)').match(self.data, self.at)
        self.next += found[1].count(b"\n")
        self.at = found.end()
        if not found[2]:
            raise Mistake("a NUL" if self.data[self.at:self.at + 1] else "a quote is not closed")
        if self.at < len(self.data) and self.data[self.at:self.at + 1] != b"," \
                and not self._ends(self.at):
            raise Mistake("text behind a closing quote")
        return found[1].replace(b'""', b'"')

    def _plain(self):
        found = re.compile(rb'[^",\r\n\0]*').match(self.data, self.at)
        self.at = found.end()
        behind = self.data[self.at:self.at + 1]
        if behind == b'"':
            raise Mistake("a quote in a cell that is not quoted")
        if behind == b"\0":
            raise Mistake("a NUL")
        if behind == b"\r" and not self._ends(self.at):
            raise Mistake("a carriage return that ends no line")
        return found[0]


def part_ok(part, forbidden):
    return 1 <= len(part.encode()) <= 1023 and not any(
        c < " " or c == "\x7f" or c in forbidden for c in part)


def jid_ok(jid):
    """As far as the server does not check it: RFC 7622."""
    bare, slash, resource = jid.partition("/")
    local, at, domain = bare.partition("@")
    if not at or not part_ok(local, FORBIDDEN) or not domain_ok(domain):
        return False
    if slash and not part_ok(resource, ""):
        return False
    local, domain = node_prepared(local), name_prepared(domain)
    return local is not None and domain is not None and part_ok(local, FORBIDDEN) \
        and domain_ok(domain) and "/" not in domain


FORBIDDEN = " \"&'/:<>@"


def domain_ok(domain):
    if not part_ok(domain, " \"&'<>@\\"):
        return False
    if domain[0] == "[":
        return domain[-1] == "]"
    return ":" not in domain and all(domain.split("."))


def folded(c):
    """Table B.2. The module knows today's lower case, of which Unicode 3.2 had less."""
    low = stringprep.map_table_b2(c)
    return c if any(map(stringprep.in_table_a1, c + low)) else low


def prepared(part, prohibited):
    """As servers compare it (RFC 3454); None for what that has not. Of ASCII: lower case."""
    if part.isascii():
        return part.lower()
    text = "".join(folded(c) for c in part if not stringprep.in_table_b1(c))
    text = unicodedata.ucd_3_2_0.normalize("NFKC", text)
    if any(table(c) for table in prohibited for c in text) or len(text.encode()) > 1023:
        return None
    if any(stringprep.in_table_d1(c) for c in text) and (
            any(stringprep.in_table_d2(c) for c in text)
            or not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1]))):
        return None
    return text


PROHIBITED = (stringprep.in_table_c12, stringprep.in_table_c22, stringprep.in_table_c3,
              stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6,
              stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9)


def node_prepared(local):
    """RFC 6122 appendix A. Servers take characters that came after its tables."""
    return prepared(local, PROHIBITED + (stringprep.in_table_c11, stringprep.in_table_c21,
                                         lambda c: c in FORBIDDEN))


def name_prepared(domain):
    """RFC 3491; names that are looked up hold none of those."""
    return prepared(domain, PROHIBITED + (stringprep.in_table_a1,))


def jid_of(device, domain):
    jid = device if "@" in device else f"{device}@{domain}"
    if not device:
        raise Mistake("there is no device in it")
    if "@" not in device and not domain:
        raise Mistake(f"{device}: it has no domain, and there is no --domain")
    if not jid_ok(jid):
        raise Mistake(f"{device}: not a device's name or JID")
    if "/" in jid:
        raise Mistake(f"{device}: a JID without a resource is needed")
    local, _, domain = jid.partition("@")
    jid = f"{node_prepared(local)}@{name_prepared(domain)}"
    if len(jid.encode()) > JID_MAX:
        raise Mistake(f"{device}: the JID is over 240 bytes")
    return jid


def check_password(password):
    if len(password.encode()) > PASSWORD_MAX:
        raise Mistake("the password is over 1023 bytes")
    if any(c < " " or c == "\x7f" for c in password):
        raise Mistake("the password has a control character")
    if password.strip(" ") != password:
        raise Mistake("the password begins or ends with a space")


class List:
    """The accounts of a file: [(jid, password or "", line)]; all its mistakes are told."""
    def __init__(self, path, domain):
        self.path, self.domain = path, domain
        self.accounts, self.lines, self.mistakes = [], {}, 0

    def tell(self, line, text):
        self.mistakes += 1
        if self.mistakes <= TOLD_MAX:
            print(f"{self.path}:{line}: {clean(text)}", file=sys.stderr)

    def end(self):
        if self.mistakes:
            text = f"{self.path} has {self.mistakes} mistake{'s'[:self.mistakes > 1]}"
            raise Ended(USAGE, "bad-file", f"{text}; nothing was done")

    def read(self):
        try:
            with open(self.path, "rb") as file:
                data = file.read(FILE_MAX + 1)
        except OSError as error:
            raise Ended(USAGE, "bad-file", f"{self.path}: {error.strerror}")
        if len(data) > FILE_MAX:
            raise Ended(USAGE, "bad-file", f"{self.path}: it is over 16 MiB")
        try:
            data.decode()
            self._rows(Rows(data))
        except UnicodeDecodeError as error:
            self.tell(1 + data.count(b"\n", 0, error.start),
                      "it is not UTF-8; save it as CSV in UTF-8")
        self.end()

    def _head(self, rows):
        """The number of columns, those of device and password; None if it is of no use."""
        try:
            head = rows.row()
        except Mistake as mistake:
            return self.tell(rows.line, str(mistake))
        if head is None:
            return self.tell(rows.line, "it is empty")
        for name in ("device", "password"):
            for _ in range(head.count(name) - 1):
                self.tell(rows.line, f"two columns are named {name}")
        if "device" not in head:
            return self.tell(rows.line, "there is no column named device (commas part columns)")
        unused = [clean(name) for name in head if name not in ("device", "password")]
        if unused and not self.mistakes:
            print(f"{self.path}: columns that are not used: {', '.join(unused)}", file=sys.stderr)
        return (len(head), len(head) - 1 - head[::-1].index("device"),
                len(head) - 1 - head[::-1].index("password") if "password" in head else None)

    def _rows(self, rows):
        head = self._head(rows)
        while head:
            try:
                cells = rows.row()
            except Mistake as mistake:
                self.tell(rows.line, str(mistake))
                continue
            if cells is None:
                break
            if len(self.accounts) == ROWS_MAX:
                return self.tell(rows.line, f"more than {ROWS_MAX} devices")
            self._row(rows.line, cells, *head)
        if not self.accounts and not self.mistakes:
            self.tell(rows.line, "there is no device in it")

    def _row(self, line, cells, columns, device, password):
        if len(cells) != columns:
            return self.tell(line, f"it has {len(cells)} cells, the first line has {columns}")
        word, jid = cells[password] if password is not None else "", None
        try:
            jid = jid_of(cells[device], self.domain)
        except Mistake as mistake:
            self.tell(line, str(mistake))
        try:
            check_password(word)
        except Mistake as mistake:
            self.tell(line, str(mistake))
        if jid is None:
            return
        self.accounts.append((jid, word, line))
        if self.lines.setdefault(jid, line) != line:
            self.tell(line, f"{jid} is in line {self.lines[jid]} already")
