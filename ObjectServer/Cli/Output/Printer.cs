using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ObjectStore.Server.Cli.Output;

/// <summary>A column of a table for people.</summary>
internal readonly record struct Column<T>(string Title, Func<T, string?> Text, bool IsNumber = false);

/// <summary>Writes results: tables for people, or one JSON document for programs.</summary>
internal sealed class Printer(TextWriter output, TextWriter error, bool isTerminal, bool asJson)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // The output is no web page.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public bool IsJson => asJson;

    /// <summary>Several things: {"name": [...]}, or a table.</summary>
    public void List<T>(string name, IReadOnlyList<T> items, JsonTypeInfo<T> type, params ReadOnlySpan<Column<T>> columns)
    {
        if (asJson)
        {
            WriteJson(new JsonObject { [name] = new JsonArray([.. items.Select(item => JsonSerializer.SerializeToNode(item, type))]) });
            return;
        }
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
        {
            var header = new TableColumn(new Text(column.Title)) { NoWrap = true };
            table.AddColumn(column.IsNumber ? header.RightAligned() : header);
        }
        foreach (var item in items)
        {
            var cells = new IRenderable[columns.Length];
            for (var i = 0; i < cells.Length; i++) cells[i] = new Text(Safe(columns[i].Text(item)));
            table.AddRow(cells);
        }
        if (items.Count == 0) output.WriteLine($"no {name}");
        else Render(table);
    }

    /// <summary>One thing: the object, or a row for each field that has a value.</summary>
    public void Show<T>(T item, JsonTypeInfo<T> type, params ReadOnlySpan<Column<T>> fields)
    {
        if (asJson)
        {
            WriteJson(JsonSerializer.SerializeToNode(item, type));
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        foreach (var field in fields)
        {
            if (field.Text(item) is { Length: > 0 } text) grid.AddRow(new Text(field.Title), new Text(Safe(text)));
        }
        Render(grid);
    }

    /// <summary>Something was done: {} for programs.</summary>
    public void Done(string sentence)
    {
        if (asJson) WriteJson(new JsonObject());
        else output.WriteLine(Safe(sentence));
    }

    /// <summary>A document as it is, such as a policy.</summary>
    public void Document(string json)
    {
        try
        {
            WriteJson(JsonNode.Parse(json));
        }
        catch (JsonException exception)
        {
            throw CliException.Unreachable("The server's document is no JSON.", exception);
        }
    }

    /// <summary>Beside the result, for people, also where that goes to a file.</summary>
    public void Note(string sentence)
    {
        if (!asJson) error.WriteLine(Safe(sentence));
    }

    public void Warn(string sentence) => error.WriteLine($"warning: {Safe(sentence)}");

    public void Error(CliException exception)
    {
        if (asJson)
        {
            var told = new JsonObject { ["code"] = exception.Code, ["message"] = exception.Message, ["exitCode"] = exception.ExitCode };
            error.WriteLine(new JsonObject { ["error"] = told }.ToJsonString(Indented));
        }
        else
        {
            error.WriteLine($"objectstore: {Safe(exception.Message)} ({Safe(exception.Code)})");
        }
    }

    private void WriteJson(JsonNode? node) => output.WriteLine(node?.ToJsonString(Indented) ?? "null");

    private void Render(IRenderable what)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        // What is read by a program or a pager must not be cut to a width that nobody has.
        if (!isTerminal) console.Profile.Width = 4096;
        console.Write(what);
    }

    /// <summary>Names come from others; a terminal obeys some characters, and some turn the order of others around.</summary>
    private static string Safe(string? text) => text is null ? "" : string.Concat(text.Select(character => IsPlain(character) ? character : '\uFFFD'));

    private static bool IsPlain(char character) => character == '\n' || (!char.IsControl(character) && char.GetUnicodeCategory(character) != UnicodeCategory.Format);
}
