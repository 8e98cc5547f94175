"""Which harm weighs more when a drug's delivery is in doubt: the column of tables.alarms that it takes.

Sources: abrupt withdrawal of baclofen can kill (Lioresal Intrathecal label), that of clonidine brings hypertension;
ziconotide has no withdrawal (UpToDate); opioids and local anaesthetics depress breathing or block movement when too
much is given. A choice for the bench, to be checked against each drug's label before anything else.
"""

OVERDOSE_HARMS_MOST = 0
WITHDRAWAL_HARMS_TOO = 1

# Every other drug, one that nobody has heard of included, is one of which an overdose harms most.
WITHDRAWAL_HARMS = ("baclofen", "clonidine")


def response_column(drug):
    """OVERDOSE_HARMS_MOST or WITHDRAWAL_HARMS_TOO for a drug's name as a prescription carries it."""
    return WITHDRAWAL_HARMS_TOO if drug in WITHDRAWAL_HARMS else OVERDOSE_HARMS_MOST
