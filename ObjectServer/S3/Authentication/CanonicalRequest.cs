using System.Text;
using Microsoft.AspNetCore.Http;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// The canonical request of Signature Version 4 in S3's dialect: the path is encoded once and never normalised.
/// Source: AWS, "Create a signed AWS API request", and "Signature Calculations for the Authorization Header" of S3.
/// </summary>
internal static class CanonicalRequest
{
    /// <summary>Most parameters of a query that is signed; more are refused before, so that sorting stays cheap.</summary>
    public const int MaxParameters = 256;

    private const string SignatureParameter = "X-Amz-Signature";

    /// <param name="form">Which of the readings that clients are known to sign.</param>
    public static void Write(ref CanonicalBuffer output, AuthenticationRequest request, in SignatureClaim claim, ReadOnlySpan<char> payloadHash, CanonicalForm form)
    {
        output.AppendLatin1(request.Method);
        output.Append((byte)'\n');
        if (form.HasFlag(CanonicalForm.RawPath)) output.AppendUtf8(request.RawPath);
        else output.AppendNormalized(request.RawPath, plusIsSpace: false, keepSlash: true);
        output.Append((byte)'\n');
        WriteQuery(ref output, request.Query, claim.IsPresigned);
        output.Append((byte)'\n');
        WriteHeaders(ref output, request.Headers, claim.SignedHeaders.Span, form.HasFlag(CanonicalForm.Utf8Headers));
        output.Append((byte)'\n');
        output.AppendLatin1(claim.SignedHeaders.Span);
        output.Append((byte)'\n');
        output.AppendLatin1(payloadHash);
    }

    /// <summary>Parameters by encoded name and then value, each as name=value; the signature itself is left out.</summary>
    private static void WriteQuery(ref CanonicalBuffer output, S3Query query, bool isPresigned)
    {
        if (query.Raw.Length == 0) return;

        Span<EncodedParameter> parameters = stackalloc EncodedParameter[MaxParameters];
        var scratch = new CanonicalBuffer(stackalloc byte[1024]);
        try
        {
            var count = 0;
            foreach (var parameter in query)
            {
                if (isPresigned && parameter.Name.SequenceEqual(SignatureParameter)) continue;
                var start = scratch.Length;
                scratch.AppendNormalized(parameter.Name, plusIsSpace: true, keepSlash: false);
                var nameEnd = scratch.Length;
                scratch.AppendNormalized(parameter.Value, plusIsSpace: true, keepSlash: false);
                parameters[count++] = new EncodedParameter(start, nameEnd, scratch.Length);
            }
            Sort(parameters[..count], scratch.Written);
            for (var index = 0; index < count; index++)
            {
                if (index > 0) output.Append((byte)'&');
                output.Append(parameters[index].Name(scratch.Written));
                output.Append((byte)'=');
                output.Append(parameters[index].Value(scratch.Written));
            }
        }
        finally
        {
            scratch.Dispose();
        }
    }

    // Insertion sort: clients send parameters sorted or nearly so, and there are few.
    private static void Sort(Span<EncodedParameter> parameters, ReadOnlySpan<byte> text)
    {
        for (var index = 1; index < parameters.Length; index++)
        {
            var moved = parameters[index];
            var place = index;
            while (place > 0 && moved.CompareTo(parameters[place - 1], text) < 0)
            {
                parameters[place] = parameters[place - 1];
                place--;
            }
            parameters[place] = moved;
        }
    }

    private static void WriteHeaders(ref CanonicalBuffer output, IHeaderDictionary headers, ReadOnlySpan<char> signedHeaders, bool utf8)
    {
        foreach (var range in signedHeaders.Split(';'))
        {
            var name = signedHeaders[range];
            output.AppendLatin1(name);
            output.Append((byte)':');
            var values = headers[HeaderNames.Intern(name)];
            for (var index = 0; index < values.Count; index++)
            {
                if (index > 0) output.Append((byte)',');
                WriteTrimmed(ref output, values[index], utf8);
            }
            output.Append((byte)'\n');
        }
    }

    /// <summary>Without blanks at both ends, and runs of blanks as one.</summary>
    private static void WriteTrimmed(ref CanonicalBuffer output, ReadOnlySpan<char> value, bool utf8)
    {
        value = value.Trim(" \t");
        while (!value.IsEmpty)
        {
            var run = value.IndexOf("  ");
            var piece = run < 0 ? value : value[..(run + 1)];
            if (utf8) output.AppendUtf8(piece);
            else output.AppendLatin1(piece);
            if (run < 0) return;
            value = value[run..].TrimStart(' ');
        }
    }

    private readonly record struct EncodedParameter(int Start, int NameEnd, int End)
    {
        public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> text) => text[Start..NameEnd];

        public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text) => text[NameEnd..End];

        public int CompareTo(EncodedParameter other, ReadOnlySpan<byte> text)
        {
            var byName = Name(text).SequenceCompareTo(other.Name(text));
            return byName != 0 ? byName : Value(text).SequenceCompareTo(other.Value(text));
        }
    }
}

/// <summary>
/// Clients differ in what they sign where a path or header holds characters outside the unreserved set. Every form
/// commits to all bytes of the request, so that accepting any of them accepts no other request.
/// </summary>
[Flags]
internal enum CanonicalForm
{
    /// <summary>The path decoded and encoded again; header bytes as they came.</summary>
    Standard = 0,

    /// <summary>The path as it stands in the request line.</summary>
    RawPath = 1,

    /// <summary>Header values that were sent as Latin-1 but signed as UTF-8, as Python's client does.</summary>
    Utf8Headers = 2,
}
