"""Runs one WSGI application (PEP 3333) for a front that speaks HTTP: the Python side of `fromPythonWsgi`.

The front starts this file, waits for the message "ready", and connects once for each thread.
A connection carries frames: a head of 8 bytes (u32 length of the payload, u8 kind, u8 flags, u16 auxiliary, little
endian), then the payload. Responses come in the order of the requests. The environ and the head of a response are
latin-1 text, fields separated by NUL. Body bytes flow only as far as the receiver has granted a window.

Knows PEP 3333 and the frames. Knows no HTTP syntax and no framework. Needs Python 3.8 and its standard library only.
"""

import ast
import faulthandler
import functools
import importlib
import inspect
import io
import json
import os
import re
import select
import signal
import socket
import stat
import struct
import sys
import threading
import traceback

# Taken before the application is imported: gevent and eventlet replace them in their modules, and a "thread" that is
# a greenlet would block the only real thread.
from _thread import start_new_thread
from time import monotonic, sleep

FRAME = struct.Struct('<IBBH')
PEER = struct.Struct('3i')  # pid, uid and gid of a peer (unix(7), SO_PEERCRED)

# From the front. The auxiliary of all but REQUEST is the number of the request, modulo 65536.
REQUEST, DATA, WINDOW, CANCEL = 1, 2, 3, 4
# To the front. The payload of ANSWER begins with the response head. The auxiliary holds the lower 16 bits of the length
# of that head, the upper six bits of the flags hold the rest.
ANSWER, BLOCK, ROOM, FAILED, GIVEN_BACK = 5, 6, 7, 8, 9

# Flags of REQUEST: the body is inline (the auxiliary is its length less one); a body follows; it follows only when read.
INLINE, STREAMED, LAZY, MULTIPROCESS = 1, 2, 4, 8
# Flags of DATA, ANSWER and BLOCK: this is the last frame; the rest will never come.
FINAL, BROKEN = 1, 2

WINDOW_BYTES = 1024 * 1024
MAX_HEAD_BYTES = 1024 * 1024  # a frame could hold four times as much
STEP_BYTES = 128 * 1024
LOOK_INTERVAL_SECONDS = 0.005
FRONT_GONE_SECONDS = 5  # how long requests may go on after the front has gone


class ClientGone(ConnectionAbortedError):
    """What the application gets from wsgi.input and write() when the client has left."""


# ---------------------------------------------------------------------------------------------- the process


def main():
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=settings['control'])
    control.set_inheritable(False)  # programs that the application runs must not hold it
    prepare(settings)
    try:
        application = load(settings['application'])
    except BaseException as error:  # a module may also call sys.exit()
        tell(control, **describe_start(error), **interpreter())
        os._exit(1)
    process = Process(settings, application, control)
    process.listen()
    process.serve()


def prepare(settings):
    """Sets up what an application may expect of its process before it is imported."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the front decides
    # Some frameworks take a process without it for development, and show their debug pages (web.py). gunicorn sets it.
    os.environ.setdefault('SERVER_SOFTWARE', 'tsgi')
    faulthandler.enable()
    faulthandler.register(signal.SIGQUIT, all_threads=True, chain=False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding='utf-8', errors='backslashreplace', line_buffering=True)
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or '.') != own]
    for entry in reversed(settings['path']):
        if entry in sys.path:
            sys.path.remove(entry)
        sys.path.insert(0, entry)
    sys.argv = [settings['application']]


def load(target):
    """Returns the callable that `module`, `module:name` or `module:factory("literal", 1)` names, as gunicorn does."""
    name, _, expression = target.partition(':')
    module = importlib.import_module(name)
    try:
        wanted = ast.parse(expression or 'application', mode='eval').body
    except SyntaxError:
        raise unreadable(target) from None
    call = wanted if isinstance(wanted, ast.Call) else None
    application = find(module, wanted if call is None else call.func, target)
    if call is not None:
        arguments, keywords = read_arguments(call, target)
        application = application(*arguments, **keywords)
    if not callable(application):
        if inspect.iscoroutine(application):
            application.close()
            raise StartError('%s is an async factory: tsgi calls a plain one' % target)
        raise StartError('%s is of type %s, not callable' % (target, type(application).__name__))
    check_interface(application, target)
    return application


class StartError(Exception):
    """A message for the operator, shown without a traceback."""


def check_interface(application, target):
    """Refuses at start what would fail at every request: ASGI applications, and callables with other parameters.

    A decorator may change the parameters of what it wraps (werkzeug's Request.application does), so `__wrapped__` is
    not followed. What cannot be inspected is not refused.
    """
    try:
        signature = inspect.signature(application, follow_wrapped=False)
        is_plain = inspect.isroutine(application) or isinstance(application, (type, functools.partial))
        call = application if is_plain else type(application).__call__
        is_async = inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)
    except Exception:
        return
    names = tuple(signature.parameters)
    if names in (('scope', 'receive', 'send'), ('scope',)) or (is_async and fits(signature, 3)):
        raise StartError(
            '%s is an ASGI application, and tsgi serves WSGI: wrap it, as in a2wsgi.ASGIMiddleware(app), '
            'or serve it with uvicorn' % target
        )
    if is_async:
        raise StartError('%s is an async function: a WSGI application is a plain one' % target)
    if not fits(signature, 2):
        hint = '' if '(' in target else ': if it is a factory, name %s()' % with_name(target)
        raise StartError('%s takes other arguments than (environ, start_response)%s' % (target, hint))


def fits(signature, count):
    """Whether `count` positional arguments can be given."""
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def with_name(target):
    return target if ':' in target else target + ':application'


def find(module, expression, target):
    if isinstance(expression, ast.Attribute):
        holder = find(module, expression.value, target)
        name = expression.attr
    elif isinstance(expression, ast.Name):
        holder, name = module, expression.id
    else:
        raise unreadable(target)
    try:
        return getattr(holder, name)
    except AttributeError:
        own = [key for key, value in vars(holder).items() if callable(value) and not key.startswith('_')]
        known = ', '.join(own[:12]) or 'none'
        raise StartError('there is no "%s" in %s; its callables: %s' % (name, module.__name__, known)) from None


def read_arguments(call, target):
    try:
        return (
            [ast.literal_eval(argument) for argument in call.args],
            {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords},
        )
    except ValueError:
        raise StartError('the arguments in %s must be literals, such as "text", 1 or True' % target) from None


def unreadable(target):
    return StartError('cannot read %s: say module, module:name or module:factory()' % target)


def describe_start(error):
    """Returns what the operator is shown. A wrong spec needs one line only, and no traceback."""
    if isinstance(error, StartError):
        return {'failed': str(error)}
    line = traceback.format_exception_only(type(error), error)[-1].strip()
    return {'failed': line, 'traceback': trace(error)}


def trace(error):
    """Returns the traceback without the frames of this file and of the import system."""
    tb = error.__traceback__
    while tb is not None and (tb.tb_frame.f_code.co_filename == __file__ or 'importlib' in tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return ''.join(traceback.format_exception(type(error), error, tb))[-60000:]


def interpreter():
    return {'executable': sys.executable, 'version': '.'.join(map(str, sys.version_info[:3])), 'pid': os.getpid()}


def tell(control, **message):
    """Reports to the front, on a line of its own: the application may have written to this descriptor."""
    control.sendall(b'\n' + json.dumps(message).encode() + b'\n')


class Process:
    """The threads of this process, one connection each. A single one is the main thread."""

    def __init__(self, settings, application, control):
        self.uid = os.getuid()
        self.settings = settings
        self.application = application
        self.control = control
        self.connections = []
        self.constants = {
            'wsgi.version': (1, 0),
            'wsgi.errors': sys.stderr,
            'wsgi.multithread': settings['threads'] > 1,
            'wsgi.multiprocess': settings['multiprocess'],
            'wsgi.run_once': False,
            'wsgi.file_wrapper': FileWrapper,
        }

    def listen(self):
        start_new_thread(self.watch, ())
        with socket.socket(socket.AF_UNIX) as listener:
            # An abstract address needs no folder: nothing can be left behind, and no path can be too long.
            address = self.settings.get('socket') or '\0tsgi-' + os.urandom(16).hex()
            listener.bind(address)
            listener.listen(self.settings['threads'])
            tell(self.control, ready=True, socket=address, **interpreter())
            while len(self.connections) < self.settings['threads']:
                sock = listener.accept()[0]
                if self.is_own(sock):
                    self.connections.append(Connection(sock, self))
                else:
                    sock.close()
        os.register_at_fork(after_in_child=self.forked)

    def is_own(self, sock):
        """Whether the peer runs as the user that started this process: an abstract address has no permissions."""
        if 'socket' in self.settings:
            return True  # the folder of the socket is private
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        return PEER.unpack(credentials)[1] == self.uid

    def serve(self):
        signal.signal(signal.SIGTERM, self.retire)
        if len(self.connections) == 1:
            self.connections[0].serve()
            return
        threads = [threading.Thread(target=connection.serve) for connection in self.connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def retire(self, *_):
        """SIGTERM: the front sends nothing more, and ends the connections when all it has sent is answered."""
        try:
            tell(self.control, retiring=True)
        except OSError:
            pass  # the application has closed the descriptor

    def forked(self):
        """Runs in a child that the application has forked: only the parent may answer."""
        for connection in self.connections:
            connection.sock.close()
        self.control.close()

    def watch(self):
        """Ends this process when the front has gone, even if threads of the application would go on."""
        try:
            while self.control.recv(64):
                pass
        except OSError:
            return  # the application has closed the descriptor
        if self.connections:
            sleep(FRONT_GONE_SECONDS)
        os._exit(1)


# ---------------------------------------------------------------------------------------------- one connection


class Connection:
    """Receives and sends frames, and serves one request after the other."""

    def __init__(self, sock, process):
        self.sock = sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WINDOW_BYTES)
        self.recv = sock.recv
        self.sendall = sock.sendall
        self.process = process
        self.constants = process.constants
        self.number = 0
        self.data = b''  # bytes received; those before `at` are done
        self.at = 0

    def serve(self):
        application = self.process.application
        try:
            while True:
                request = self.next_request()
                if request is None:
                    break
                Exchange(self, *request).run(application)
        except OSError:
            pass  # the front is gone
        self.sock.close()

    def next_request(self):
        while True:
            frame = self.receive(STEP_BYTES)
            if frame is None:
                return None
            kind, flags, auxiliary, length = frame
            payload = self.take(length)
            if kind == REQUEST:
                return payload, flags, auxiliary
            # Any other frame belongs to a request that is over.

    def receive(self, size):
        """Returns kind, flags, auxiliary and length of the next frame; None at the end of the connection."""
        at = self.at
        data = self.data
        while len(data) - at < 8:
            more = self.recv(size)
            if not more:
                return None
            data = data[at:] + more if at < len(data) else more
            at = 0
            self.data = data
        self.at = at + 8
        length, kind, flags, auxiliary = FRAME.unpack_from(data, at)
        return kind, flags, auxiliary, length

    def take(self, length):
        """Returns the payload of the frame whose head has just been received."""
        data = self.data
        at = self.at
        end = at + length
        if end <= len(data):
            self.at = end
            return data[at:end]
        parts = [data[at:]]
        missing = end - len(data)
        self.data = b''
        self.at = 0
        while missing:
            part = self.recv(missing)
            if not part:
                raise ClientGone('the front is gone')
            parts.append(part)
            missing -= len(part)
        return b''.join(parts)

    def has_frame(self):
        return self.at < len(self.data) or bool(select.select([self.sock], [], [], 0)[0])

    def send(self, kind, flags, auxiliary, head, block):
        size = len(head) + len(block)
        if auxiliary > 0xFFFF:
            flags |= auxiliary >> 16 << 2
            auxiliary &= 0xFFFF
        frame = FRAME.pack(size, kind, flags, auxiliary) + head
        if len(block) <= 16384:
            self.sendall(frame + block)
            return
        sent = self.sock.sendmsg([frame, block])
        if sent < len(frame):
            self.sendall(frame[sent:])
            sent = len(frame)
        if sent < 8 + size:
            self.sendall(memoryview(block)[sent - len(frame):])


# ---------------------------------------------------------------------------------------------- one request


class Exchange:
    """One request and its response, from the environ to close()."""

    __slots__ = (
        'connection', 'number', 'environ', 'input', 'head', 'left', 'bodyless', 'is_head', 'sent', 'ended', 'gone',
        'credit', 'looked', 'surplus',
    )  # fmt: skip

    def __init__(self, connection, payload, flags, auxiliary):
        self.connection = connection
        connection.number = self.number = (connection.number + 1) & 0xFFFF
        self.input = None
        self.head = None  # as it will be sent
        self.left = None  # bytes that are still missing to Content-Length
        self.bodyless = False
        self.sent = self.ended = self.gone = self.surplus = False
        self.credit = WINDOW_BYTES
        self.looked = 0.0
        self.environ = self.make_environ(payload, flags, auxiliary)
        self.is_head = self.environ['REQUEST_METHOD'] == 'HEAD'

    def make_environ(self, payload, flags, auxiliary):
        body = b''
        if flags & INLINE:
            body = payload[-auxiliary - 1:]
            payload = payload[:-auxiliary - 1]
        fields = iter(payload.decode('latin-1').split('\0'))
        environ = dict(zip(fields, fields))
        environ.update(self.connection.constants)
        if flags & STREAMED:
            self.input = StreamInput(self, flags & LAZY)
            environ['wsgi.input'] = io.BufferedReader(self.input, STEP_BYTES)
            if 'CONTENT_LENGTH' not in environ:
                environ['wsgi.input_terminated'] = True
        else:
            environ['wsgi.input'] = io.BytesIO(body)
        if flags & MULTIPROCESS:
            environ['wsgi.multiprocess'] = True
        if 'wsgiorg.routing_args' in environ:
            environ['wsgiorg.routing_args'] = ((), json.loads(environ['wsgiorg.routing_args']))
        return environ

    def run(self, application):
        result = None
        try:
            try:
                result = application(self.environ, self.start_response)
                self.send_all(result)
            except BaseException as error:  # SystemExit of a view must not end the process
                if isinstance(error, TypeError):
                    self.explain(error, result)
                self.fail(error)
        finally:
            if hasattr(result, 'close'):
                self.close(result)

    def explain(self, error, result):
        """Adds a hint to the error of a factory that was named but not called."""
        target = self.connection.process.settings['application']
        never_ran = result is None and error.__traceback__.tb_next is None
        made = callable(result) and not hasattr(result, '__iter__') and not hasattr(result, '__getitem__')
        if '(' not in target and (never_ran or made):
            said = 'it returned a callable' if made else 'it takes other arguments than (environ, start_response)'
            error.args = ('%s; %s: if it is a factory, name %s()' % (error, said, with_name(target)),)

    def close(self, result):
        try:
            result.close()
        except BaseException:
            traceback.print_exc()

    def start_response(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise AssertionError('start_response was called again without exc_info')
        self.head, self.left, self.bodyless = make_head(status, headers, self.is_head)
        return self.write

    def write(self, block):
        if not isinstance(block, bytes):
            raise TypeError('write() takes bytes, not %s' % type(block).__name__)
        if not block and not self.sent and not self.bodyless:
            self.send(b'', 0)  # the first call of write() sends the head (PEP 3333, The start_response() Callable)
        self.emit(block)

    def send_all(self, result):
        if type(result) is list and len(result) == 1 and not self.sent:
            self.send_only(result[0])
            return
        emit = self.emit
        for block in result:
            if not isinstance(block, bytes):
                raise TypeError('the body has a block of type %s: a block is bytes' % type(block).__name__)
            emit(block)
            if self.ended and self.bodyless:
                break
        if not self.ended:
            self.check_started()
            self.send(b'', FINAL)

    def send_only(self, block):
        """Sends a body of one block, whose length is known (PEP 3333, Handling the Content-Length Header)."""
        if not isinstance(block, bytes):
            raise TypeError('the body has a block of type %s: a block is bytes' % type(block).__name__)
        self.check_started()
        if self.bodyless:
            block = b''
        elif self.left is None:
            self.head += b'\0Content-Length\0%d' % len(block)
        elif len(block) > self.left:
            block = self.cut(block)
        self.send(block, FINAL)

    def emit(self, block):
        """Sends one block at once. The head goes with the first one that is not empty."""
        if self.sent or not block:
            self.look()
        if not block:
            return
        if self.ended:
            self.cut(b'')
            return
        self.check_started()
        if self.bodyless:
            self.send(b'', FINAL)
            return
        left = self.left
        if left is None:
            self.send(block, 0)
            return
        if len(block) > left:
            block = self.cut(block)
        self.left = left = left - len(block)
        self.send(block, 0 if left else FINAL)

    def cut(self, block):
        if not self.surplus and not self.bodyless:
            self.surplus = True
            print('%s %s: the body is longer than its Content-Length; the rest is dropped'
                  % (self.environ.get('REQUEST_METHOD'), self.environ.get('REQUEST_URI')), file=sys.stderr)
        return block[:self.left]

    def check_started(self):
        if self.head is None:
            raise AssertionError('the application sent a body without having called start_response')

    def send(self, block, final):
        connection = self.connection
        if self.sent:
            head, kind, auxiliary = b'', BLOCK, self.number
        else:
            head, kind, auxiliary = self.head, ANSWER, len(self.head)
        size = len(block)
        if size > self.credit:
            self.send_in_steps(block, kind, auxiliary, head, final)
            return
        self.credit -= size
        self.sent = True
        self.ended = final
        connection.send(kind, final, auxiliary, head, block)

    def send_in_steps(self, block, kind, auxiliary, head, final):
        rest = memoryview(block)
        while rest:
            while self.credit < min(len(rest), STEP_BYTES):
                self.attend(STEP_BYTES)
            size = min(self.credit, len(rest))
            self.credit -= size
            self.sent = True
            self.ended = final if size == len(rest) else 0
            self.connection.send(kind, self.ended, auxiliary, head, rest[:size])
            rest = rest[size:]
            kind, auxiliary, head = BLOCK, self.number, b''

    def look(self):
        """Checks without waiting, and not at every block, whether the client is still there."""
        now = monotonic()
        if not self.looked:
            self.looked = now
        elif now - self.looked > LOOK_INTERVAL_SECONDS:
            self.looked = now
            while self.connection.has_frame():
                self.attend(STEP_BYTES)
        if self.gone:
            raise ClientGone('the client went away')

    def attend(self, size):
        """Handles one frame from the front while a request is being answered."""
        connection = self.connection
        frame = connection.receive(size)
        if frame is None:
            self.gone = True
            raise ClientGone('the front is gone')
        kind, flags, auxiliary, length = frame
        payload = connection.take(length)
        if kind == REQUEST:
            # This response takes long: another process may be free earlier.
            connection.send(GIVEN_BACK, 0, 0, b'', b'')
        elif auxiliary != self.number:
            return  # of a request that is over
        elif kind == WINDOW:
            self.credit += int.from_bytes(payload, 'little')
        elif kind == DATA and self.input is not None:
            self.input.feed(payload, flags)
        elif kind == CANCEL:
            self.gone = True
            raise ClientGone('the client went away')

    def fail(self, error):
        if self.gone:
            if not isinstance(error, ClientGone):
                traceback.print_exception(type(error), error, error.__traceback__)
            self.end_gone()
        elif self.ended:
            traceback.print_exception(type(error), error, error.__traceback__)
        else:
            self.ended = True
            self.connection.send(FAILED, FINAL, self.number, b'', trace(error).encode('utf-8', 'backslashreplace'))

    def end_gone(self):
        if not self.ended:
            self.ended = True
            self.connection.send(BLOCK, FINAL, self.number, b'', b'')


class StreamInput(io.RawIOBase):
    """A body that is still arriving, below the BufferedReader that is the application's wsgi.input."""

    def __init__(self, exchange, lazy):
        self.exchange = exchange
        self.lazy = lazy
        self.blocks = []
        self.at = 0  # bytes of the first block that have been read
        self.flags = 0
        self.read_since = 0

    def readable(self):
        return True

    def feed(self, block, flags):
        if block:
            self.blocks.append(block)
        self.flags |= flags

    def readinto(self, target):
        if not self.wait():
            return 0
        block = self.blocks[0]
        size = min(len(target), len(block) - self.at)
        target[:size] = memoryview(block)[self.at:self.at + size]
        self.at += size
        if self.at == len(block):
            self.next()
        return size

    def readall(self):
        parts = []
        while self.wait():
            parts.append(self.blocks[0][self.at:])
            self.next()
        return b''.join(parts)

    def next(self):
        self.give_room(len(self.blocks.pop(0)))
        self.at = 0

    def wait(self):
        """Waits for a block. Returns False at the end of the body."""
        if self.lazy:
            self.lazy = False
            self.give_room(WINDOW_BYTES)
        while not self.blocks:
            if self.flags & BROKEN:
                raise ClientGone('the request body was cut short')
            if self.flags & FINAL:
                return False
            self.exchange.attend(8)  # reads a frame head only, so that the block needs no copying
        return True

    def give_room(self, size):
        self.read_since += size
        if self.read_since >= WINDOW_BYTES // 2 and not self.flags:
            room = self.read_since.to_bytes(4, 'little')
            self.exchange.connection.send(ROOM, 0, self.exchange.number, b'', room)
            self.read_since = 0


class FileWrapper:
    """wsgi.file_wrapper (PEP 3333, Optional Platform-Specific File Handling)."""

    def __init__(self, filelike, blksize=STEP_BYTES):
        self.filelike = filelike
        # The size is a suggestion. A larger block of a file on a disk delays nothing.
        self.blksize = max(blksize, STEP_BYTES) if is_on_disk(filelike) else blksize
        if hasattr(filelike, 'close'):
            self.close = filelike.close

    def __iter__(self):
        return iter(lambda: self.filelike.read(self.blksize), b'')


def is_on_disk(filelike):
    try:
        return stat.S_ISREG(os.fstat(filelike.fileno()).st_mode)
    except Exception:  # not a file
        return False


# ---------------------------------------------------------------------------------------------- the response head

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TEXT = re.compile(r'[\t\x20-\x7e\x80-\xff]*')
LENGTH = re.compile('[0-9]{1,15}')

# Headers that belong to the server (PEP 3333, Other HTTP Features; RFC 9110 §7.6.1). They are dropped, as gunicorn does.
HOP_BY_HOP = frozenset(
    ('connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade')
)

NAMES = {}  # valid names seen before, as written: in lower case. Bounded.
STATUSES = set()  # valid statuses seen before. Bounded.
DROPPED = set()  # hop-by-hop headers that have been reported


def make_head(status, headers, is_head):
    """Checks a head. Returns its bytes, the announced length (None: unknown) and whether no body follows."""
    if status not in STATUSES:
        status = check_status(status)
    never = status[:3] in ('204', '304')
    length = None
    fields = [status]
    for name, value in headers:
        lower = NAMES.get(name) or check_name(name)
        if lower in HOP_BY_HOP:
            report_dropped(name, lower)
            continue
        value = check_type(name, value).strip(' \t')
        if lower == 'content-length':
            length = check_length(value, length)
        if never and lower in ('content-length', 'content-type'):
            continue  # it has no content to describe (RFC 9110 §8.6, §15.4.5)
        fields.append(name)
        fields.append(value)
    if not ''.join(fields).isprintable():
        for name, value in zip(fields[1::2], fields[2::2]):
            check_text('the value of ' + name, value)
    try:
        head = '\0'.join(fields).encode('latin-1')
    except UnicodeEncodeError:
        raise ValueError('a header has a character above U+00FF: %.200r' % (fields,)) from None
    if len(head) > MAX_HEAD_BYTES:
        raise ValueError('the response head has %d bytes, %d are allowed' % (len(head), MAX_HEAD_BYTES))
    bodyless = is_head or never
    return head, None if bodyless else length, bodyless


def check_status(status):
    if not isinstance(status, str):
        raise TypeError('the status must be a str, not %s' % type(status).__name__)
    if re.fullmatch('[2-5][0-9][0-9]', status):
        status += ' '
    if not re.match('[2-5][0-9][0-9] ', status) or status[4:].strip(' \t') != status[4:]:
        raise ValueError("the status %.80r is not '200 OK' or alike, 200 to 599" % status)
    check_text('the status', status)
    if len(STATUSES) < 200:
        STATUSES.add(status)
    return status


def check_name(name):
    if not isinstance(name, str):
        raise TypeError('a header name must be a str, not %s' % type(name).__name__)
    if not TOKEN.fullmatch(name):
        raise ValueError('%.80r is not a header name' % name)
    lower = name.lower()
    if len(NAMES) < 1000:
        NAMES[name] = lower
    return lower


def report_dropped(name, lower):
    """Tells the operator once for each name."""
    if lower not in DROPPED:
        DROPPED.add(lower)
        print('the header %s of the application is dropped: it is hop-by-hop, and belongs to the server' % name,
              file=sys.stderr)


def check_type(name, value):
    if isinstance(value, str):
        return value
    raise TypeError('the value of %s must be a str, not %s' % (name, type(value).__name__))


def check_text(what, value):
    if not TEXT.fullmatch(value):
        raise ValueError('%s is not latin-1 text without control characters: %.80r' % (what, value))


def check_length(value, before):
    if before is not None:
        raise ValueError('Content-Length is given twice')
    if not LENGTH.fullmatch(value):
        raise ValueError('Content-Length is not a number: %.80r' % value)
    return int(value)


if __name__ == '__main__':
    main()
