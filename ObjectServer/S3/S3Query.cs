using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3;

/// <summary>
/// The query of a request, kept as it came and decoded only where it is asked for. A parameter that is repeated
/// counts with its first value. '+' is a space, as in forms.
/// </summary>
internal sealed class S3Query
{
    public static readonly S3Query Empty = new("");

    /// <param name="raw">What stands behind the '?' of the request's target.</param>
    public S3Query(string raw)
    {
        Raw = raw;
        foreach (var (name, value) in this)
        {
            SelectorBits |= BitOf(name, value);
            Count++;
        }
    }

    public string Raw { get; }

    /// <summary>The number of parameters.</summary>
    public int Count { get; }

    /// <summary>What of the query selects an operation, as bits of <see cref="SelectorSet"/>.</summary>
    public ulong SelectorBits { get; }

    public Enumerator GetEnumerator() => new(Raw);

    /// <summary>The decoded value; "" for a parameter without one; null if the parameter is absent.</summary>
    /// <exception cref="Errors.S3Exception">The value is not percent-encoded UTF-8.</exception>
    public string? this[string name]
    {
        get
        {
            if (!TryFind(name, out var value)) return null;
            return PercentEncoding.DecodeQuery(value) ?? throw new Errors.S3Exception(Errors.S3ErrorCode.InvalidURI);
        }
    }

    public bool Contains(string name) => TryFind(name, out _);

    // An encoded name means the same: "?%61cl" must not delete the bucket that "?acl" would not.
    private static ulong BitOf(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name.Contains('%') || value.Contains('%')
        ? SelectorSet.BitOfParameter(PercentEncoding.DecodeQuery(name) ?? name, PercentEncoding.DecodeQuery(value) ?? value)
        : SelectorSet.BitOfParameter(name, value);

    private bool TryFind(ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        foreach (var parameter in this)
        {
            if (!PercentEncoding.DecodedEquals(parameter.Name, name)) continue;
            value = parameter.Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>Name and value of each parameter, undecoded, in the order of the request; empty ones are passed over.</summary>
    internal ref struct Enumerator(ReadOnlySpan<char> rest)
    {
        private ReadOnlySpan<char> _rest = rest;

        public Parameter Current { get; private set; }

        public bool MoveNext()
        {
            while (!_rest.IsEmpty)
            {
                var end = _rest.IndexOf('&');
                var one = end < 0 ? _rest : _rest[..end];
                _rest = end < 0 ? default : _rest[(end + 1)..];
                if (one.IsEmpty) continue;
                var equals = one.IndexOf('=');
                Current = equals < 0 ? new Parameter(one, default, hasEquals: false) : new Parameter(one[..equals], one[(equals + 1)..], hasEquals: true);
                return true;
            }
            return false;
        }
    }

    internal readonly ref struct Parameter(ReadOnlySpan<char> name, ReadOnlySpan<char> value, bool hasEquals)
    {
        public ReadOnlySpan<char> Name { get; } = name;
        public ReadOnlySpan<char> Value { get; } = value;

        /// <summary>"a=" has an empty value, "a" none.</summary>
        public bool HasEquals { get; } = hasEquals;

        public void Deconstruct(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
        {
            name = Name;
            value = Value;
        }
    }
}
