"""The `thecal` command: verbs are found, not listed.

A verb is one module in thecal_tools/verbs: `<name>.py` with a click command in an attribute of the same name and a
docstring whose first line says, after a colon, what it does. Only the verb that is called is imported, so verbs may
import what they need. For an expected failure a verb raises ThecalError (FileError for bad input).
"""

import ast
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

import thecal
from thecal_tools.errors import ThecalError

VERBS = Path(__file__).parent / "verbs"
BAD_INPUT = 2
INTERRUPTED = 130
BENCH_ONLY = "Bench and research instrument. Not a medical device; not for use on people or animals."
EPILOG = """\b
Start here
  thecal check examples/prescriptions/baclofen_flex.json
  thecal sim examples/scenarios/flex_day.json
  thecal VERB --help     an example for each verb
\b
Completion with the tab key, bash (zsh: zsh_source)
  eval "$(_THECAL_COMPLETE=bash_source thecal)"
"""


class Verbs(click.Group):
    """The modules of the verbs folder as commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(p.stem.replace("_", "-") for p in VERBS.glob("*.py") if not p.stem.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        return getattr(import_module(f"thecal_tools.verbs.{name}"), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, _summary(name)) for name in self.list_commands(ctx)])


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=f"Thecal: open firmware for a bench prototype of an intrathecal pump.\n\n{BENCH_ONLY}",
)
@click.version_option(thecal.VERSION, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 success, 2 bad input, 1 any other expected failure."""
    try:
        code = cli.main(arguments, prog_name="thecal", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except ThecalError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "thecal"
        click.echo(f"{path}: {error.format_message()} See `{path} --help`.", err=True)
        return BAD_INPUT
    except click.ClickException as error:
        click.echo(f"thecal: {error.format_message()}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("thecal: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`thecal ... | head`): nothing is left to say, not even by the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _summary(verb: str) -> str:
    """What a verb's docstring says of it after the colon, read without importing it."""
    source = (VERBS / f"{verb.replace('-', '_')}.py").read_text(encoding="utf-8")
    text = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return text.partition(": ")[2] or text
