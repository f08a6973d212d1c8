"""The command line's front door: every ending has its exit code, and nothing heavy is imported before it is asked for."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from policykit.cli.line import say, say_problems
from policykit.errors import DocumentError, PolicykitError, StorageError
from policykit.version import VERSION

FIRST = ("gate", "init", "lint", "explain")
REST = (
    *("verify", "plan", "measure", "judge", "checks", "test", "bundle", "keys", "schema", "lsp"),
    *(
        "waive",
        "waivers",
        "approve",
        "permit",
        "revoke",
        "promote",
        "rollback",
        "ledger",
        "inbox",
        "site",
        "render",
        "export",
    ),
)
_ABOUT = {
    "gate": "Judge a model bundle, or a table of predictions, by policies.",
    "init": "Write a first policy and a gate file to start from.",
    "lint": "Find every mistake in policies, at its line and column.",
    "explain": "Say what a policy, a rule or an error code means, in plain words.",
    "verify": "Check who signed a report, and that it is about these files.",
    "plan": "Say what would be scanned and what it could show, before measuring.",
    "measure": "Measure what policies ask for, where the data lives.",
    "judge": "Judge measurements without the data or the model.",
    "checks": "Show the catalogue of checks, or find one by asking.",
    "test": "Try policies on given estimates: every rule must pass, fail and be undecided.",
    "bundle": "Write or show a bundle's manifest.",
    "keys": "Make a key pair to sign reports with.",
    "schema": "Print the JSON Schema of a document, for editors.",
    "lsp": "Help an editor: problems, completion and meanings while a policy is typed.",
    "waive": "Write the draft of a waiver for a rule that stops a release.",
    "waivers": "List waivers: who excused what, how far, and for how many days more.",
    "approve": "Sign a report, a waiver, a policy or a trust file as somebody who may.",
    "permit": "Write the permit for a stage, where the report and its approvals allow it.",
    "revoke": "Take a permit, a waiver or a report back.",
    "promote": "Move a permitted bundle to a stage of a registry.",
    "rollback": "Bring back what was lawfully in place before.",
    "site": "Write a static site of every decision, for release managers and auditors.",
    "ledger": "Keep and check the ledger of everything that was signed.",
    "inbox": "List many models by what needs doing: decision, why, who acts, days waiting.",
    "render": "Show a stored report again, in any format.",
    "export": "Write a verified report in the words of other tools.",
}


_COMPLETE = "_POLICYKIT_COMPLETE"


class Verbs(click.Group):
    """A group whose commands are modules, imported when they are typed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        return [*FIRST, *REST, "help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click asks so
        if cmd_name == "help":
            return help_
        if cmd_name not in _ABOUT:
            return None
        command: click.Command = import_module(f"policykit.cli.{cmd_name}").command
        _name_variables(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            from policykit.terms.nearest import nearest

            near = nearest(args[0], self.list_commands(ctx))
            hint = f"did you mean `{near}`?" if near else "see `policykit help --all`"
            raise click.UsageError(f"there is no verb `{args[0]}`: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click asks so
        """List the four verbs a newcomer needs, without importing one."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, _ABOUT[name]) for name in FIRST])
        formatter.write_paragraph()
        formatter.write_text("`policykit help --all` shows the rest; `policykit VERB --help` shows a verb's options.")


def _name_variables(command: click.Command) -> None:
    """Let the help of each option that can also be set in the environment say so."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar is not None:
            parameter.show_envvar = True
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _name_variables(below)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, "--version", message="policykit %(version)s")
def cli() -> None:
    """May this model go to its next stage? Yes, no, or not shown yet, with the reason.

    Exit codes: 0 ALLOWED, 1 BLOCKED, 2 INVALID, 3 HELD, 4 UNTRUSTED, 70 bug, 74 input or output, 130 interrupted.
    """


@click.command("help")
@click.argument("verbs", nargs=-1, metavar="[VERB]...")
@click.option("--all", "everything", is_flag=True, help="Every verb.")
@click.pass_context
def help_(ctx: click.Context, verbs: tuple[str, ...], *, everything: bool) -> None:
    """Show the verbs, or the options of one: `policykit help ledger append`."""
    parent = ctx.parent or ctx
    if verbs:
        cli.main([*verbs, "--help"], prog_name="policykit", standalone_mode=False)
        return
    if not everything:
        click.echo(cli.get_help(parent))
        return
    width = max(len(name) for name in _ABOUT)
    for name in (*FIRST, *REST):
        click.echo(f"  {name:{width}}  {_ABOUT[name]}")


def main(argv: list[str] | None = None) -> NoReturn:
    """Run, and end with the code that docs/exit-codes.md gives."""
    gc.set_threshold(100_000)  # importing makes many objects and no rubbish: looking for some slows short verbs
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Run the command line and return its exit code."""
    if not all(_is_text(word) for word in argv):
        _say("an argument is not UTF-8 text", "rename the file, or write the word again")
        return 2
    completing = os.environ.pop(
        _COMPLETE, ""
    )  # beside a verb it is no question: click would answer it in the verb's place
    if completing and not argv:
        from click.shell_completion import shell_complete

        return 2 if shell_complete(cli, {}, "policykit", _COMPLETE, completing) else 0
    if "--all" in argv and {*argv} <= {"--all", "--help", "-h", "help"}:
        argv = ["help", "--all"]
    try:
        outcome: Any = cli.main(argv or ["--help"], prog_name="policykit", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: nothing was left half-written", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:  # a verb of several, named alone
        click.echo(error.format_message())
        return 2
    except click.UsageError as error:
        _say(error.format_message(), f"see `{error.ctx.command_path if error.ctx else 'policykit'} --help`")
        return 2
    except click.ClickException as error:
        _say(error.format_message(), "")
        return 2
    except PolicykitError as error:
        return _explained(error)
    except (BrokenPipeError, SystemExit):  # click ends with 1 where a reader went away, which would read as BLOCKED
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 74
    except OSError as error:
        where = f"`{error.filename}`: " if error.filename else ""
        _say(f"{where}{(error.strerror or str(error)).lower()}", "check the path, its permissions and the space left")
        return 74
    except MemoryError:
        _say("there is not enough memory to go on", "use a machine with more memory, or fewer columns")
        return 74
    except BaseException as error:  # noqa: BLE001 - also a panic of a library; Python's own exit code 1 would read as BLOCKED
        return _bug(error)


def _is_text(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _explained(error: PolicykitError) -> int:
    from policykit.decide.exit_code import of_error
    from policykit.errors import VerificationError

    if isinstance(error, DocumentError) and error.problems:
        say_problems(error.problems)
        count = sum(1 for problem in error.problems if problem.level == "error")
        click.echo(f"{count} {'problem' if count == 1 else 'problems'}: nothing was judged", err=True)
        return int(of_error(error))
    reason, hint = "", error.hint
    if isinstance(error, VerificationError):
        from policykit.attest.reasons import REASONS

        reason = f" [{error.reason}]"
        hint = hint or (REASONS[error.reason].do if error.reason in REASONS else "")
    below = error.__cause__
    place = error.where or (below.where if isinstance(below, StorageError) else "")
    where = f"{place}: " if place and place not in str(error) else ""
    _say(f"{where}{error}{reason}", hint)
    return int(of_error(error))


def _say(message: str, hint: str) -> None:
    say(f"policykit: {message}", err=True)
    if hint:
        say(f"  {hint}", err=True)


def _bug(error: BaseException) -> int:
    import traceback

    trace = "".join(traceback.format_exception(error)).splitlines()
    for line in trace if os.environ.get("POLICYKIT_TRACE") else trace[-1:]:
        say(line, err=True)
    _say(
        "this is a bug of policykit, and nothing was decided",
        "please report it; POLICYKIT_TRACE=1 shows the whole trace",
    )
    return 70
