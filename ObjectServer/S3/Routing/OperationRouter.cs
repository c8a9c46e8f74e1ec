using System.Numerics;

namespace ObjectStore.Server.S3.Routing;

/// <summary>Chooses the row of a request. No allocation: method and level give a short list, most specific first.</summary>
internal static class OperationRouter
{
    private static readonly int Levels = Enum.GetValues<ResourceLevel>().Length;
    private static readonly OperationRow[][] Candidates = Index();

    /// <param name="selectorBits">What the request carries, see <see cref="SelectorSet"/>.</param>
    /// <param name="row">The call; null when no call of S3 has this method, level and subresource.</param>
    /// <returns>False when the request names a subresource that the call does not have: it must not run as another call.</returns>
    public static bool TryRoute(RequestMethod method, ResourceLevel level, ulong selectorBits, out OperationRow? row)
    {
        row = null;
        foreach (var candidate in Candidates[((int)method * Levels) + (int)level])
        {
            if ((candidate.SelectorBits & selectorBits) != candidate.SelectorBits) continue;
            row = candidate;
            break;
        }
        if (row is null) return false;

        var mustBeUsed = SelectorSet.SubresourceBits;
        // Reads take a part number by itself; a write with one but without an upload is not meant as a plain write.
        if (method is not (RequestMethod.Get or RequestMethod.Head)) mustBeUsed |= SelectorSet.PartNumberBit;
        if (method is RequestMethod.Options) mustBeUsed = 0;
        return (selectorBits & mustBeUsed & ~row.SelectorBits) == 0;
    }

    private static OperationRow[][] Index()
    {
        var methods = Enum.GetValues<RequestMethod>();
        var index = new OperationRow[methods.Length * Levels][];
        foreach (var method in methods)
        {
            foreach (var level in Enum.GetValues<ResourceLevel>())
            {
                index[((int)method * Levels) + (int)level] = OperationTable.Rows
                    .Where(row => row.Method == method && row.Level == level && row.SameAs is null)
                    .OrderByDescending(row => BitOperations.PopCount(row.SelectorBits & SelectorSet.SubresourceBits))
                    .ThenByDescending(row => BitOperations.PopCount(row.SelectorBits))
                    .ToArray();
            }
        }
        return index;
    }
}
