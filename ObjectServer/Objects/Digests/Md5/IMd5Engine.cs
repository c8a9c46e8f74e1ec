namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// MD5's step on one instruction set. A word holds the same 32-bit variable of every lane, and lanes are independent streams: MD5 is one
/// long chain of dependent instructions, so within a stream there is nothing to run side by side.
/// </summary>
/// <remarks>Steps are those of RFC 1321, section 3.4: b + ((a + f(b, c, d) + message + constant) rotated left).</remarks>
internal unsafe interface IMd5Engine<TWord>
    where TWord : unmanaged
{
    static abstract TWord Add(TWord a, TWord b);

    static abstract TWord F(TWord a, TWord b, TWord c, TWord d, TWord message, uint constant, byte rotation);

    static abstract TWord G(TWord a, TWord b, TWord c, TWord d, TWord message, uint constant, byte rotation);

    static abstract TWord H(TWord a, TWord b, TWord c, TWord d, TWord message, uint constant, byte rotation);

    static abstract TWord I(TWord a, TWord b, TWord c, TWord d, TWord message, uint constant, byte rotation);

    /// <summary>The 16 message words of the blocks at <paramref name="offset"/> of every lane: in the scratch, or where they lie already.</summary>
    static abstract TWord* Words(byte** lanes, nint offset, TWord* scratch);
}
