"""`python -m thecal_tools.proof`: the long proofs and one table of what they left (docs/proof.md)."""

import sys
from collections.abc import Sequence

from rich.console import Console

from thecal_tools.errors import ThecalError
from thecal_tools.proof import evidence, table
from thecal_tools.proof.parts import PARTS, Part

USAGE = f"""proof: arguments: none (all that is stale), --collate (only the table), or the name of a part and what it \
takes; parts: {", ".join(part.name for part in PARTS)}"""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 where all that was asked for has passed; 1 where not; 2 for wrong arguments."""
    by_name = {part.name: part for part in PARTS}
    if arguments and arguments[0] != "--collate" and arguments[0] not in by_name:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        if arguments and arguments[0] in by_name:
            return 0 if _run(by_name[arguments[0]], arguments[1:]) else 1
        if not arguments:
            for part in PARTS:
                if evidence.standing(part).state != evidence.FRESH:
                    print(f"proof: {part.name}: {part.title}", file=sys.stderr, flush=True)
                    _run(part, ())
    except ThecalError as error:
        print(f"proof: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("proof: stopped; run the same command again, it goes on where it stopped", file=sys.stderr)
        return 130
    standings = [evidence.standing(part) for part in PARTS]
    table.show(standings, Console(highlight=False))
    return 0 if all(each.passed and each.state == evidence.FRESH for each in standings) else 1


def _run(part: Part, arguments: Sequence[str]) -> bool:
    """Run a part. Evidence is kept of a whole one only, and not of sources that changed while it ran."""
    begun = evidence.Begun.of(part)
    passed = part.run(arguments)
    if not arguments:
        evidence.keep(part, passed, begun)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
