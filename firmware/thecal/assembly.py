"""The pump as composed and running: what is left when the composition root has done its work."""


class Wakes:
    """Who is to be woken when something changes from outside; nobody until the tasks exist.

    interrupted: callable that ends the processor's sleep.
    """

    def __init__(self, interrupted):
        self._interrupted = interrupted
        self.tasks = ()
        self.panel = self.screen = None

    def wake(self):
        """The rate, a bolus or a hold has changed: what is due next, and what the panel shows, may have too."""
        for task in self.tasks:
            task.wake()

    def wake_panel(self):
        """What the panel shows has changed, and nothing else."""
        if self.panel is not None:
            self.panel.wake()
        if self.screen is not None:
            self.screen.wake()

    def button_changed(self):
        """A button's edge; called in interrupt context, allocates nothing. Other tasks, which may write to the flash,
        would only delay the panel's answer."""
        self.wake_panel()
        self._interrupted()


class Assembly:
    """scheduler runs everything; pump is the facade; the rest are the collaborators as app.compose() made them."""

    def __init__(self, body, pump, monitor, scheduler, supervisor, link_task):
        self.body = body
        self.clock = body.clock
        self.journal = body.journal
        self.ledger = body.ledger
        self.pump = pump
        self.monitor = monitor
        self.scheduler = scheduler
        self.supervisor = supervisor
        self._link_task = link_task

    def run_forever(self):
        """Run until the power goes or the chip resets."""
        self.scheduler.run_forever()

    def serial_arrived(self):
        """Bytes have come in on the link."""
        self._link_task.wake()
