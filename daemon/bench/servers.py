# SPDX-License-Identifier: BSD-2-Clause
"""The servers that ci/bench compares: each with its own directory on a real disk, on loopback, below one process that
is started and ended here. Accounts are u0, u1, ... with PASSWORD."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../deliver"))
from live_delivery import HOST, MAIL, MTA, LiveDaemon, children_of, expect

PASSWORD = "sesame"
PEOPLE = 10  # accounts that get mail; Unix users of the same names
USERS = {f"u{number}": 64200 + number for number in range(PEOPLE)}
POSTERN_PORTS = {"pop3": 2110, "imap": 2143, "smtp": 2025}
SECOND_PORTS = {"pop3": 4110, "imap": 4143, "smtp": 4025}  # of a second posternd
PEER_PORTS = {"pop3": 3110, "imap": 3143, "smtp": 3025}
TICKS = os.sysconf("SC_CLK_TCK")


def tree_of(pid):
    return [pid] + [one for child in children_of(pid) for one in tree_of(child)]


def await_port(port, process, log):
    for _ in range(400):
        expect(process.poll() is None, f"it ended with {process.returncode}; its log is {log}")
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                if probe.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"nobody greets on port {port}; its log is {log}")


def cpu_of(pid):
    """Seconds that a process and its ended and reaped children have used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:15])) / TICKS


def pss_of(pid):
    """kB of memory that count as this process's: what it shares, by the number of those it shares with."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))


class Group:
    """A memory control group: what the kernel itself keeps for the processes in it."""
    V1, V2 = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"

    def __init__(self, name):
        self.is_v1 = os.path.isdir(self.V1)
        self.path = f"{self.V1 if self.is_v1 else self.V2}/{name}-{os.getpid()}"
        try:
            os.mkdir(self.path)
        except OSError:
            self.path = ""  # not ours to make: what the kernel keeps is not counted

    def join(self):
        if self.path:
            with open(self.path + "/cgroup.procs", "w", encoding="ascii") as members:
                members.write("0")

    def kernel_kb(self):
        """None: unknown."""
        try:
            if self.is_v1:
                with open(self.path + "/memory.kmem.usage_in_bytes", encoding="ascii") as used:
                    return int(used.read()) / 1024
            with open(self.path + "/memory.stat", encoding="ascii") as stat:
                return next(int(line.split()[1]) / 1024 for line in stat if line.startswith("kernel "))
        except (OSError, StopIteration):
            return None

    def end(self):
        if self.path:
            os.rmdir(self.path)


class Server:
    """What can be asked of each of them. `process` is its topmost one, `ports` by protocol; `keeps` where mail for
    account lies: a Maildir, or an mbox."""
    name = ""
    process = None
    ports = PEER_PORTS

    def cpu(self):
        total = 0
        for pid in tree_of(self.process.pid):
            try:
                total += cpu_of(pid)
            except OSError:
                pass  # ended meanwhile: counted with its parent next time
        return total

    def memory_kb(self):
        """(kB of the processes, kB of the kernel or None); both of the whole server."""
        processes = 0
        for pid in tree_of(self.process.pid):
            try:
                processes += pss_of(pid)
            except OSError:
                pass
        return processes, self.group.kernel_kb()

    def logins(self):
        """How many its log tells of; None: it is not read."""
        return None

    def maildir_of(self, account):
        raise NotImplementedError

    def mbox_of(self, account):
        raise NotImplementedError

    def owner(self):
        raise NotImplementedError

    def put_mail(self, account, count):
        """`count` short messages that nobody has read yet, in the account's Maildir."""
        new = self.maildir_of(account) + "/new"
        for number in range(count):
            path = f"{new}/1{number:06}.bench"
            with open(path, "w", encoding="ascii") as message:
                message.write(f"From: <load@load.example>\nSubject: {number}\n\n" + "x" * 62 + "\n")
            os.chmod(path, 0o600)
            os.chown(path, *self.owner())
        time.sleep(0.1)

    def mail_in(self, account):
        """(how many messages have come to the account's Maildir, how many to its mbox)"""
        new, mbox = self.maildir_of(account) + "/new", self.mbox_of(account)
        text = b""
        if os.path.exists(mbox):
            with open(mbox, "rb") as box:
                text = b"\n" + box.read()
        return len(os.listdir(new)) if os.path.isdir(new) else 0, text.count(b"\nFrom ")

    def forget_mail(self, accounts):
        """Removes what has been delivered, so that each round begins alike."""
        for account in accounts:
            new, mbox = self.maildir_of(account) + "/new", self.mbox_of(account)
            for message in os.listdir(new) if os.path.isdir(new) else []:
                os.unlink(f"{new}/{message}")
            if os.path.exists(mbox):
                os.truncate(mbox, 0)


class Postern(LiveDaemon, Server):
    """posternd as postern-setup sets it up, but that a test's cheap hash need not be waited for."""
    name = "postern"
    LIMITS = ("refusal-quantum = 0\nlookup-deadline = 500ms\nmax-connections = 1100\nconnections-per-address = 1100\n"
              "unauthenticated-connections = 1100:100:1100\n")

    def __init__(self, build, setup, ports=None):
        self.ports = ports or POSTERN_PORTS
        self.group = Group(f"postern-bench-{self.ports['pop3']}")
        self.spool = tempfile.mkdtemp(prefix="spool-")
        os.chown(self.spool, 0, MAIL)
        os.chmod(self.spool, 0o3775)
        listens = [word for protocol, port in self.ports.items()
                   for word in (f"--{protocol}-listen", f"127.0.0.1:{port}")]
        super().__init__(build, setup, MTA, self.ports["pop3"], ["--hostname", HOST, *listens],
                         self.LIMITS + f"maildrop-spool = {self.spool}\nmaildrop-group = {MAIL}\n")

    def start(self):
        self.process = subprocess.Popen([self.root + "/sbin/posternd", "--config", self.config], stderr=self.log,
                                        preexec_fn=self.group.join)
        for port in self.ports.values():
            await_port(port, self.process, self.root + "/log")

    def owner(self):
        return int(MTA), int(MTA)

    def logins(self):
        return self.log_text().count("event=login ")

    def maildir_of(self, account):
        return f"{self.root}/mailbox/{account}"

    def mbox_of(self, account):
        return f"{self.spool}/{account}"

    def put(self, path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o600)
        os.chown(path, *self.owner())

    def add_accounts(self, first, count, password_hash, maildrops=False):
        """As `postern account` would, but without a hash and two syncs for each."""
        for number in range(first, first + count):
            delivery = f"delivery = maildrop:u{number}\n" if maildrops else ""
            self.put(f"{self.root}/postoffice/accounts/u{number}", f"password = {password_hash}\n{delivery}")
            for part in ("", "/cur", "/new", "/tmp"):
                if not os.path.isdir(self.maildir_of(f"u{number}") + part):
                    os.mkdir(self.maildir_of(f"u{number}") + part, 0o700)
                    os.chown(self.maildir_of(f"u{number}") + part, *self.owner())

    def hash_of_password(self, *method):
        self.account("add", method[0], "--hash", *method, password=PASSWORD)
        with open(f"{self.root}/postoffice/accounts/{method[0]}", encoding="ascii") as account:
            return account.read().split("password = ")[1].splitlines()[0]

    def end(self):
        status = super().end()
        shutil.rmtree(self.spool)
        self.group.end()
        return status


class Peer(Server):
    """Another server, of Debian's package. Subclasses write its configuration and know its command."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix=self.name + "-")
        os.chmod(self.root, 0o755)
        self.group = Group(self.name + "-bench")
        self.configure()

    def configure(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def write(self, name, text):
        with open(f"{self.root}/{name}", "w", encoding="ascii") as file:
            file.write(text)
        return f"{self.root}/{name}"

    def __enter__(self):
        with open(self.root + "/output", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, preexec_fn=self.group.join)
        port = self.ports["pop3" if "dovecot" in self.name else "smtp"]
        await_port(port, self.process, self.root + "/output")
        return self

    def __exit__(self, *_):
        family = tree_of(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        for pid in family:  # Postfix's and OpenSMTPD's children end when they see that they are alone
            for _ in range(100):
                if not os.path.exists(f"/proc/{pid}"):
                    break
                time.sleep(0.05)
            else:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        self.group.end()
        shutil.rmtree(self.root)


class Dovecot(Peer):
    """Debian's defaults (high-security: a login and a mail process for each connection, each executed anew), with
    what a throw-away server without encryption needs, and room for as many connections as are held."""
    name = "dovecot"

    def configure(self):
        os.mkdir(self.root + "/mail")
        shutil.chown(self.root + "/mail", "mail", "mail")
        self.write("users", "")
        self.write("dovecot.conf", f"""
base_dir = {self.root}/run
state_dir = {self.root}/run
log_path = {self.root}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{self.root}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 0
default_process_limit = 2000
default_client_limit = 5000
service pop3-login {{
  inet_listener pop3 {{
    port = {self.ports["pop3"]}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {self.ports["imap"]}
  }}
}}
passdb {{
  driver = passwd-file
  args = {self.root}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={self.root}/mail/%u
}}
""")

    def command(self):
        return ["dovecot", "-F", "-c", self.root + "/dovecot.conf"]

    def add_accounts(self, first, count, password_hash):
        with open(self.root + "/users", "a", encoding="ascii") as users:
            users.writelines(f"u{number}:{{CRYPT}}{password_hash}\n" for number in range(first, first + count))
        time.sleep(1.1)  # the file is looked at once in a second of the clock

    def owner(self):
        return 8, 8  # mail's on Debian

    def maildir_of(self, account):
        path = f"{self.root}/mail/{account}"
        for part in ("", "/cur", "/new", "/tmp"):
            if not os.path.isdir(path + part):
                os.mkdir(path + part, 0o700)
                os.chown(path + part, *self.owner())
        return path


class Unpacked(Peer):
    """A mail transport agent, of which a machine can have one installed: run from its unpacked package, laid over
    /usr in a mount namespace of its own. Mail goes to Unix users; `is_mbox`: to mboxes, else to Maildirs at home."""

    def __init__(self, package, is_mbox):
        self.package = os.path.abspath(package)
        self.is_mbox = is_mbox
        super().__init__()

    def laid_over(self, *command):
        mount = f"mount -t overlay -o lowerdir={self.package}/usr:/usr overlay /usr && exec \"$@\""
        return ["unshare", "--mount", "sh", "-c", mount, "sh", *command]

    def configure(self):
        for name, uid in USERS.items():
            os.makedirs(self.home(name), exist_ok=True)
            os.chown(self.home(name), uid, uid)

    @staticmethod
    def home(name):
        return f"/mnt/home/{name}"

    def maildir_of(self, account):
        return self.home(account) + "/Maildir"

    def mbox_of(self, account):
        return f"/var/mail/{account}"


class Postfix(Unpacked):
    """Debian's master.cf but for chroot and the port; local(8) delivers."""
    name = "postfix"
    QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
             "trace")

    def configure(self):
        super().configure()
        spool, data, config = self.root + "/spool", self.root + "/data", self.root + "/etc"
        for path in (spool, data, config):
            os.mkdir(path)
        shutil.chown(data, "postfix")
        for name in self.QUEUE:
            os.mkdir(f"{spool}/{name}", 0o700)
            shutil.chown(f"{spool}/{name}", "postfix")
        for name, group, mode in (("public", "postdrop", 0o710), ("maildrop", "postdrop", 0o1730), ("pid", 0, 0o755)):
            os.mkdir(f"{spool}/{name}")
            shutil.chown(f"{spool}/{name}", "postfix" if group else 0, group)
            os.chmod(f"{spool}/{name}", mode)
        with open(self.package + "/usr/share/postfix/master.cf.dist", encoding="ascii") as debian:
            lines = [line.split(None, 5) if line[:1] not in "# \t\n" else line for line in debian]
        for line in lines:
            if isinstance(line, list):
                line[4] = "n"
                line[0] = str(self.ports["smtp"]) if line[:2] == ["smtp", "inet"] else line[0]
        self.write("etc/master.cf", "".join(" ".join(line) if isinstance(line, list) else line for line in lines))
        self.write("etc/main.cf", f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
myhostname = {HOST}
mydestination = {HOST}
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
alias_maps =
alias_database =
biff = no
mailbox_size_limit = 0
recipient_delimiter = +
maillog_file = {self.root}/log
maillog_file_prefixes = {self.root}
{"" if self.is_mbox else "home_mailbox = Maildir/"}
""")

    def command(self):
        return self.laid_over("/usr/lib/postfix/sbin/master", "-c", self.root + "/etc", "-d")


class OpenSmtpd(Unpacked):
    name = "opensmtpd"
    ports = {"smtp": 5025}  # it runs beside Postfix

    def configure(self):
        super().configure()
        queue = "/var/spool/smtpd"
        os.mkdir(self.root + "/queue", 0o711)
        subprocess.run(["mount", "--bind", self.root + "/queue", queue], check=True)
        self.write("smtpd.conf", f"""
listen on 127.0.0.1 port {self.ports["smtp"]} hostname {HOST}
action "local" {"mbox" if self.is_mbox else "maildir"}
match from any for domain "{HOST}" action "local"
""")

    def command(self):
        return self.laid_over("/usr/sbin/smtpd", "-d", "-f", self.root + "/smtpd.conf")

    def __exit__(self, *failure):
        subprocess.run(["umount", "/var/spool/smtpd"], check=True)
        super().__exit__(*failure)


def prepare_machine(scratch):
    """In our own namespace: loopback, users, and the places that mail servers cannot be told to have elsewhere; on
    `scratch`, which must be on a disk, or syncs cost nothing."""
    with open("/etc/passwd", "a", encoding="ascii") as passwd, open("/etc/group", "a", encoding="ascii") as group:
        for number, name in enumerate(("postfix", "opensmtpd", "opensmtpq")):
            passwd.write(f"{name}:x:{64120 + number}:{64120 + number}::/nonexistent:/usr/sbin/nologin\n")
            group.write(f"{name}:x:{64120 + number}:\n")
        group.write("postdrop:x:64129:\n")
    for place, mode in (("/mnt/home", 0o755), ("/var/mail", 0o3775), ("/var/spool", 0o755)):
        there = scratch + "/" + os.path.basename(place)
        os.mkdir(there)
        os.makedirs(place, exist_ok=True)
        os.chmod(there, mode)
        subprocess.run(["mount", "--bind", there, place], check=True)
    shutil.chown("/var/mail", 0, "mail")
    os.chmod("/var/mail", 0o3775)
    os.mkdir("/var/spool/smtpd")
    for place in ("/run", "/var/lib"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", place], check=True)
    os.makedirs("/var/lib/opensmtpd/empty")
    tempfile.tempdir = scratch
