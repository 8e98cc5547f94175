"""The pump as composed and running: what is left when the composition root has done its work."""


class Assembly:
    """scheduler runs everything; pump is the facade; the rest are the collaborators as app.compose() made them.

    tasks are set once the scheduler exists; until then there is nothing to wake.
    """

    def __init__(self, clock, sleep, interrupted):
        self.clock = clock
        self.sleep = sleep
        self._interrupted = interrupted
        self.delivery = None
        self.delivery_task = self.programme_task = self.panel_task = self.link_task = None

    def run_forever(self):
        """Run until the power goes or the chip resets."""
        self.scheduler.run_forever()

    def serial_arrived(self):
        """Bytes have come in on the link."""
        self.link_task.wake()

    def motor_powered(self):
        """True while a train is in flight."""
        return self.delivery is not None and self.delivery.motor_powered

    def wake(self):
        """The rate, a bolus or a hold has changed: what is due next, and what the panel shows, may have too."""
        if self.panel_task is not None:
            self.delivery_task.wake()
            self.programme_task.wake()
            self.panel_task.wake()

    def button_changed(self):
        """A button's edge; called in interrupt context, allocates nothing."""
        if self.panel_task is not None:
            self.panel_task.wake()
        self._interrupted()
