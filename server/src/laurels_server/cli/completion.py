"""`laurels completion`: what makes a shell complete the command."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete `laurels`.

    Exits 0. The shell reads it when it starts:

    \b
      bash  echo 'eval "$(laurels completion bash)"' >> ~/.bashrc     (bash 4.4 or newer)
      zsh   echo 'eval "$(laurels completion zsh)"' >> ~/.zshrc       (after compinit)
      fish  laurels completion fish > ~/.config/fish/completions/laurels.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "one of those that click has"
    complete = kind(context.find_root().command, {}, "laurels", "_LAURELS_COMPLETE")
    # Not source(), which would start a bash to look at its version.
    click.echo(complete.source_template % complete.source_vars())
