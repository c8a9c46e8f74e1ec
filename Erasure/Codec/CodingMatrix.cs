namespace ObjectStore.Erasure.Codec;

/// <summary>
/// Row-major matrices over GF(2^8). What <see cref="Parity"/> returns decides the parity bytes on the drives:
/// it is part of the format (docs/formats/erasure.md) and never changes.
/// </summary>
internal static class CodingMatrix
{
    /// <summary>
    /// The m × k parity rows: the Cauchy matrix 1 / ((k + r) xor c), its columns and then its rows scaled so that
    /// the first row and the first column are all ones.
    /// </summary>
    /// <remarks>
    /// Every square submatrix of a Cauchy matrix is invertible, and scaling whole rows and columns keeps that, so
    /// any k of the k+m shards determine the rest. The ones make m = 1 plain XOR and k = 1 replication.
    /// </remarks>
    public static byte[] Parity(Scheme scheme)
    {
        var (k, m) = (scheme.DataShards, scheme.ParityShards);
        var rows = new byte[m * k];
        for (var r = 0; r < m; r++)
        {
            // Column c divided by its first entry, 1 / (k xor c); then row r divided by what that leaves in column 0.
            var rowScale = GaloisField.Invert(Entry(r, 0));
            for (var c = 0; c < k; c++)
                rows[r * k + c] = GaloisField.Multiply(Entry(r, c), rowScale);
        }

        return rows;

        byte Entry(int r, int c) =>
            GaloisField.Multiply(GaloisField.Invert((byte)((k + r) ^ c)), (byte)(k ^ c));
    }

    /// <summary>
    /// The rows that give the <paramref name="wanted"/> shards from exactly k <paramref name="sources"/>:
    /// one row of k factors a wanted shard, both in ascending order of shard.
    /// </summary>
    public static byte[] Reconstruction(Scheme scheme, ReadOnlySpan<byte> parity, ShardSet sources, ShardSet wanted)
    {
        var k = scheme.DataShards;
        var fromSources = new byte[k * k];
        var row = 0;
        foreach (var shard in sources)
            GeneratorRow(scheme, parity, shard, fromSources.AsSpan(row++ * k, k));
        var toData = Invert(fromSources, k);

        var result = new byte[wanted.Count * k];
        Span<byte> generator = stackalloc byte[Scheme.MaxTotalShards];
        row = 0;
        foreach (var shard in wanted)
        {
            GeneratorRow(scheme, parity, shard, generator[..k]);
            var target = result.AsSpan(row++ * k, k);
            for (var d = 0; d < k; d++)
                AddScaled(target, toData.AsSpan(d * k, k), generator[d]);
        }

        return result;
    }

    /// <summary>Gauss-Jordan elimination.</summary>
    /// <exception cref="InvalidOperationException">The matrix is singular; cannot happen for rows of one generator.</exception>
    public static byte[] Invert(ReadOnlySpan<byte> matrix, int order)
    {
        var left = matrix.ToArray();
        var right = new byte[order * order];
        for (var i = 0; i < order; i++)
            right[i * order + i] = 1;

        for (var column = 0; column < order; column++)
        {
            BringUpPivot(left, right, order, column);
            var scale = GaloisField.Invert(left[column * order + column]);
            Scale(left.AsSpan(column * order, order), scale);
            Scale(right.AsSpan(column * order, order), scale);
            for (var row = 0; row < order; row++)
            {
                var factor = left[row * order + column];
                if (row == column || factor == 0)
                    continue;
                AddScaled(left.AsSpan(row * order, order), left.AsSpan(column * order, order), factor);
                AddScaled(right.AsSpan(row * order, order), right.AsSpan(column * order, order), factor);
            }
        }

        return right;
    }

    private static void GeneratorRow(Scheme scheme, ReadOnlySpan<byte> parity, int shard, Span<byte> row)
    {
        if (shard >= scheme.DataShards)
        {
            parity.Slice((shard - scheme.DataShards) * scheme.DataShards, scheme.DataShards).CopyTo(row);
            return;
        }

        row.Clear();
        row[shard] = 1;
    }

    private static void BringUpPivot(byte[] left, byte[] right, int order, int column)
    {
        var pivot = column;
        while (pivot < order && left[pivot * order + column] == 0)
            pivot++;
        if (pivot == order)
            throw new InvalidOperationException("The matrix is singular.");
        if (pivot == column)
            return;
        // Adding the pivot row serves as well as swapping, and is its own simplest form.
        AddScaled(left.AsSpan(column * order, order), left.AsSpan(pivot * order, order), 1);
        AddScaled(right.AsSpan(column * order, order), right.AsSpan(pivot * order, order), 1);
    }

    private static void Scale(Span<byte> row, byte factor)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = GaloisField.Multiply(row[i], factor);
    }

    private static void AddScaled(Span<byte> target, ReadOnlySpan<byte> row, byte factor)
    {
        for (var i = 0; i < row.Length; i++)
            target[i] ^= GaloisField.Multiply(row[i], factor);
    }
}
