using System.Buffers;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3;

/// <summary>Takes the framing off a body while it arrives.</summary>
internal interface IBodyDecoder : IDisposable
{
    /// <summary>Whether the content has ended and nothing that may still follow is looked at.</summary>
    bool IsOver { get; }

    /// <summary>
    /// Decodes as much as there is, or as fits. Moves <paramref name="input"/> past what it used; when it returns with
    /// room left in <paramref name="destination"/>, it needs more input than there is, or is over.
    /// </summary>
    /// <exception cref="S3Exception">The body is wrong. The decoder is then of no more use.</exception>
    int Decode(ref ReadOnlySequence<byte> input, Span<byte> destination);

    /// <summary>What it means that the body ends here.</summary>
    /// <exception cref="S3Exception">It is not complete.</exception>
    void CheckEnd();
}
