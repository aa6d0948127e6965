"""search, similar, export."""

from __future__ import annotations

from typing import IO

import click

from vporganizer.app.export import FORMATS, lines
from vporganizer.app.hits import SearchResult
from vporganizer.app.search import PER_VIDEO
from vporganizer.cli import output
from vporganizer.cli.main import PATH, Context
from vporganizer.errors import QueryError

_limit = click.option("--limit", default=10, show_default=True, type=click.IntRange(1), help="Hits at most.")
_per_video = click.option(
    "--per-video", default=PER_VIDEO, show_default=True, type=click.IntRange(1),
    help="Hits of one video at most, unless only one video is left.",
)  # fmt: skip
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, best first.")
_encoder = click.option(
    "--encoder", metavar="NAME",
    help="Ask only this model. By default the library's where it has seen everything, else all that can.",
)  # fmt: skip


@click.command(
    epilog="""\b
Examples:
  vporganizer search "a dog"
  vporganizer search "red guitar" --limit 30 --per-video 1
  vporganizer search "people dancing" --anyway
  vporganizer search --queries-file queries.txt --json"""
)
@click.argument("text", required=False)
@_limit
@_per_video
@click.option("--min-score", type=float, help="Leave out hits with a lower cosine.")
@click.option("--queries-file", type=click.File("r", encoding="utf-8-sig"), help="Many queries, one a line.")
@click.option("--anyway", is_flag=True, help="Show the nearest even if the search does not know the words.")
@_encoder
@_json
@click.pass_obj
def search(
    context: Context, text: str | None, limit: int, per_video: int, min_score: float | None,
    queries_file: IO[str] | None, anyway: bool, encoder: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Find moments by what is in them: TEXT in English."""
    if (text is None) == (queries_file is None):
        raise click.UsageError("Give either a text to look for or --queries-file.")
    queries = [text or ""] if queries_file is None else _queries(queries_file)
    with context.open() as library:
        for query in queries:
            result = library.search(
                query,
                limit=limit,
                per_video=per_video,
                min_score=min_score,
                anyway=anyway,
                encoder=encoder,
            )
            _show(result, as_json=as_json, query=query if queries_file else None)


@click.command(
    epilog="""\b
Examples:
  vporganizer similar clip.mp4
  vporganizer similar film.mp4 --start 61 --end 65 --limit 5"""
)
@click.argument("file", type=PATH)
@click.option("--start", type=float, help="Where the example begins, in seconds.")
@click.option("--end", type=float, help="Where it ends.")
@_limit
@_per_video
@_encoder
@_json
@click.pass_obj
def similar(
    context: Context, file: str, start: float | None, end: float | None, limit: int, per_video: int,
    encoder: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Find moments like FILE or a part of it; it need not be in the library."""
    with context.open() as library:
        result = library.similar(file, start, end, limit=limit, per_video=per_video, encoder=encoder)
        _show(result, as_json=as_json, query=None)


@click.command(
    epilog="""\b
Examples:
  vporganizer export --format csv > library.csv
  vporganizer export --format json "a dog" > dogs.jsonl"""
)
@click.argument("query", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="What to write.")
@click.option(
    "--limit", default=1000, show_default=True, type=click.IntRange(1), help="Hits of a query at most."
)
@click.option("--anyway", is_flag=True, help="Write the nearest even if the search does not know the words.")
@click.pass_obj
def export(context: Context, query: str | None, form: str, limit: int, anyway: bool) -> None:
    """Write the whole library, or the hits of QUERY, to standard output.

    Without a query there is one line for each file, clip and encoder; copies have lines of their own.
    """
    with context.open() as library:
        if query is None:
            rows = library.export_rows()
        else:
            result = library.search(query, limit=limit, per_video=limit, anyway=anyway)
            rows = (hit.as_json() for hit in result)
            if result.note:
                output.note(result.note)
        for line in lines(rows, form):
            output.exact_line(line)


def _queries(file: IO[str]) -> list[str]:
    try:
        return [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError as error:
        raise QueryError(
            f"The file {file.name} is not text in UTF-8.", hint="Save it again with the encoding UTF-8."
        ) from error


def _show(result: SearchResult, *, as_json: bool, query: str | None) -> None:
    if as_json:
        output.hits_as_json(result, query=query)
    else:
        output.hits_as_text(result, heading=f"{query}:" if query is not None else "")
