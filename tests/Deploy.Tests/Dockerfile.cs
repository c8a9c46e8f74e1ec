using System.Text.RegularExpressions;

namespace ObjectStore.Deploy.Tests;

/// <param name="Words">What stands behind the instruction, continued lines joined.</param>
internal sealed record DockerStep(string Instruction, string Words);

internal sealed record DockerStage(string From, string Name, IReadOnlyList<DockerStep> Steps)
{
    public string One(string instruction) => Steps.Single(step => step.Instruction == instruction).Words;
}

/// <summary>The stages of the Dockerfile, as far as its grammar is used there.</summary>
internal static partial class Dockerfile
{
    public static IReadOnlyList<DockerStage> Read(string text)
    {
        var stages = new List<(string From, string Name, List<DockerStep> Steps)>();
        var joined = Continued().Replace(string.Join('\n', text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'))), " ");
        foreach (var line in joined.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', 2);
            if (words[0] == "FROM")
            {
                var from = words[1].Split(' ');
                from.Length.ShouldBe(3, "every stage has a name");
                stages.Add((from[0], from[2], []));
            }
            else
            {
                stages[^1].Steps.Add(new DockerStep(words[0], words[1]));
            }
        }
        return [.. stages.Select(stage => new DockerStage(stage.From, stage.Name, stage.Steps))];
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}
