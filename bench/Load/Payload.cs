using System.Globalization;
using System.Text;

namespace ObjectStore.Bench.Load;

/// <summary>What objects are made of, besides random bytes.</summary>
internal static class Payload
{
    /// <summary>Log lines as services write them.</summary>
    public static void FillText(Span<byte> destination, Random random)
    {
        while (!destination.IsEmpty)
        {
            var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"{{\"time\":\"2026-01-01T{random.Next(24):00}:{random.Next(60):00}:{random.Next(60):00}Z\",\"request\":\"{random.NextInt64():x16}\",\"user\":{random.Next(5000)},\"path\":\"/photos/{random.Next(900)}/{random.Next(90_000)}.jpg\",\"status\":{(random.Next(20) == 0 ? 404 : 200)},\"ms\":{random.Next(400)}}}\n"));
            var count = Math.Min(line.Length, destination.Length);
            line.AsSpan(0, count).CopyTo(destination);
            destination = destination[count..];
        }
    }
}
