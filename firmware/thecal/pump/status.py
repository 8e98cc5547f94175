"""The pump's status for a reader. Loaded when somebody first asks."""


def status(body, boluses, monitor):
    """What a reader wants to know first, as a dict of numbers; units in the keys."""
    bolus = body.plan.bolus if body.plan is not None else None
    reason, when = boluses.next_patient()
    return {
        "pump_s": body.clock.seconds,
        "wall_s": body.clock.wall(),
        "wall_quality": body.clock.quality,
        "holds": body.holds,
        "alarm": body.alarms.first(),
        "bolus_kind": bolus.kind if bolus is not None else 0,
        "bolus_given_steps": bolus.given if bolus is not None else 0,
        "bolus_granted_steps": bolus.granted if bolus is not None else 0,
        "patient_answer": reason,
        "patient_next_pump_s": when,
        "commanded_steps": sum(body.ledger.commanded),
        "confirmed_steps": sum(body.ledger.confirmed),
        "reserved_steps": body.mark.total,
        "reservoir_counted_nl": monitor.reservoir.computed_nl(),
        "reservoir_measured_nl": monitor.reservoir.measured() * 10_000,
        "tube_steps": body.ledger.total(),
        "parked_s": monitor.parked_s(),
    }
