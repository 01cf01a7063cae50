# The task queue and the task that MicroPython's asyncio expects, on the board's clock: those built into the unix port
# compare times on the host's clock and with another wrap. Never here: the event loop, which is MicroPython's own.

from shims.time import ticks_diff, ticks_ms


class TaskQueue:
    def __init__(self):
        self._tasks = []  # by time; those of the same time in the order they came

    def peek(self):
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        tasks = self._tasks
        task.data = None
        task.ph_key = key = ticks_ms() if key is None else key
        place = len(tasks)
        while place and ticks_diff(tasks[place - 1].ph_key, key) > 0:
            place -= 1
        tasks.insert(place, task)

    def pop(self):
        return self._tasks.pop(0)

    def remove(self, task):
        self._tasks.remove(task)


# `state`: True running, None over and nobody asked, False over and somebody did, else the queue of those who wait.
# `data`: None, or what to throw in, or the queue or task that this one waits for, or, once over, how it ended.
class Task:
    def __init__(self, coro, loop_globals=None):
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0
        self._loop = loop_globals

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif not isinstance(self.state, TaskQueue):
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        current = self._loop["cur_task"]
        self.state.push(current)
        current.data = self  # so that a cancel of the waiting one finds what it waits for

    def done(self):
        return not self.state

    def cancel(self):
        if not self.state:
            return False
        if self is self._loop["cur_task"]:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        queue = self._loop["_task_queue"]
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            queue.push(task)
        elif ticks_diff(task.ph_key, ticks_ms()) > 0:
            queue.remove(task)
            queue.push(task)
        task.data = self._loop["CancelledError"]()
        return True
