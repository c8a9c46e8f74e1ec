namespace ObjectStore.Server.S3.Authentication;

/// <summary>ACCESSKEY/yyyymmdd/region/service/aws4_request, as slices of the header or parameter it came in.</summary>
internal readonly record struct CredentialScope(
    ReadOnlyMemory<char> AccessKey,
    ReadOnlyMemory<char> Date,
    ReadOnlyMemory<char> Region,
    ReadOnlyMemory<char> Service,
    ReadOnlyMemory<char> Scope)
{
    private const string Terminator = "aws4_request";

    /// <summary>Reads it from the right, since an access key may contain a slash.</summary>
    /// <param name="problem">What is wrong, to be told to the client.</param>
    public static bool TryParse(ReadOnlyMemory<char> text, out CredentialScope scope, out string? problem)
    {
        scope = default;
        problem = "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
        Span<int> slashes = stackalloc int[4];
        var end = text.Length;
        for (var index = slashes.Length - 1; index >= 0; index--)
        {
            end = text.Span[..end].LastIndexOf('/');
            if (end <= 0) return false;
            slashes[index] = end;
        }
        if (!text.Span[(slashes[3] + 1)..].SequenceEqual(Terminator))
        {
            problem = "incorrect terminal. This endpoint uses 'aws4_request'.";
            return false;
        }
        scope = new CredentialScope(
            text[..slashes[0]],
            text[(slashes[0] + 1)..slashes[1]],
            text[(slashes[1] + 1)..slashes[2]],
            text[(slashes[2] + 1)..slashes[3]],
            text[(slashes[0] + 1)..]);
        if (!IsDate(scope.Date.Span))
        {
            problem = $"incorrect date format \"{scope.Date}\". This date in the credential must be in the format \"yyyyMMdd\".";
            return false;
        }
        problem = null;
        return true;
    }

    private static bool IsDate(ReadOnlySpan<char> text) => text.Length == 8 && !text.ContainsAnyExceptInRange('0', '9');
}
