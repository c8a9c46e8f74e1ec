using ObjectStore.Storage.IO;

namespace ObjectStore.TestKit;

public sealed partial class FaultyFileSystem
{
    /// <summary>A file or directory: what is read back now, what the disk has, and the writes between the two.</summary>
    internal sealed class Node(bool isDirectory)
    {
        private readonly List<PendingWrite> _pending = [];
        private readonly SortedSet<long> _holes = [];
        private byte[] _durable = [];
        private long _durableLength;

        public bool IsDirectory { get; } = isDirectory;

        public byte[] Current { get; private set; } = [];

        public long Length { get; private set; }

        public object? LockedBy { get; set; }

        /// <summary>Bytes of pages that are not holes.</summary>
        public long AllocatedBytes => IsDirectory ? 0 : Math.Max(0, IoAlignment.Up(Length) - (long)_holes.Count * IoAlignment.Bytes);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            _pending.Add(new PendingWrite(offset, bytes.ToArray(), null));
            Current = Grow(Current, offset + bytes.Length);
            bytes.CopyTo(Current.AsSpan((int)offset));
            Length = Math.Max(Length, offset + bytes.Length);
            for (var page = IoAlignment.Down(offset); page < offset + bytes.Length; page += IoAlignment.Bytes) _holes.Remove(page);
        }

        public void SetLength(long length)
        {
            _pending.Add(new PendingWrite(0, [], length));
            if (length < Length) Current.AsSpan((int)length, (int)(Length - length)).Clear();
            Current = Grow(Current, length);
            Length = length;
            _holes.RemoveWhere(page => page >= length);
        }

        public void Punch(long offset, long length)
        {
            var start = IoAlignment.Up(offset);
            var end = Math.Min(IoAlignment.Down(offset + length), IoAlignment.Down(Length));
            if (end <= start) return;
            Write(start, new byte[end - start]);
            for (var page = start; page < end; page += IoAlignment.Bytes) _holes.Add(page);
        }

        public void Sync()
        {
            foreach (var write in _pending) write.ApplyTo(ref _durable, ref _durableLength);
            _pending.Clear();
        }

        /// <summary>As the kernel does: what could not be written stays readable for a while, counts as clean, and is never written.</summary>
        public void FailSync() => _pending.Clear();

        /// <summary>The cache is dropped: what is not pending is read from the disk again.</summary>
        public void DropCache()
        {
            var (bytes, length) = ((byte[])_durable.Clone(), _durableLength);
            foreach (var write in _pending) write.ApplyTo(ref bytes, ref length);
            (Current, Length) = (bytes, length);
        }

        public void Corrupt(long offset, int count, Func<byte, byte> change)
        {
            for (var i = 0; i < count; i++)
            {
                var value = change(Current[offset + i]);
                Current[offset + i] = value;
                if (offset + i < _durable.Length) _durable[offset + i] = value;
            }
        }

        public Node AfterCrash(Random random)
        {
            var (bytes, length) = ((byte[])_durable.Clone(), _durableLength);
            foreach (var write in _pending)
            {
                switch (random.Next(3))
                {
                    case 0: break;
                    case 1: write.ApplyTo(ref bytes, ref length); break;
                    default: write.ApplyTorn(ref bytes, ref length, random); break;
                }
            }
            return new Node(IsDirectory) { _durable = bytes, _durableLength = length, Current = (byte[])bytes.Clone(), Length = length };
        }

        public Node AfterKill()
        {
            var copy = new Node(IsDirectory) { _durable = (byte[])_durable.Clone(), _durableLength = _durableLength, Current = (byte[])Current.Clone(), Length = Length };
            copy._pending.AddRange(_pending);
            copy._holes.UnionWith(_holes);
            return copy;
        }

        private static byte[] Grow(byte[] bytes, long length)
        {
            if (bytes.Length >= length) return bytes;
            Array.Resize(ref bytes, (int)Math.Max(length, Math.Min(bytes.Length * 2L, 1 << 28)));
            return bytes;
        }

        private sealed record PendingWrite(long Offset, byte[] Bytes, long? NewLength)
        {
            public void ApplyTo(ref byte[] target, ref long length)
            {
                if (NewLength is { } newLength)
                {
                    target = Grow(target, newLength);
                    if (newLength < length) target.AsSpan((int)newLength, (int)(length - newLength)).Clear();
                    length = newLength;
                    return;
                }
                target = Grow(target, Offset + Bytes.Length);
                Bytes.CopyTo(target.AsSpan((int)Offset));
                length = Math.Max(length, Offset + Bytes.Length);
            }

            /// <summary>Each sector arrived or not; sectors are whole.</summary>
            public void ApplyTorn(ref byte[] target, ref long length, Random random)
            {
                if (NewLength is not null) return;
                for (var at = 0; at < Bytes.Length;)
                {
                    var count = (int)Math.Min(Bytes.Length - at, SectorBytes - (Offset + at) % SectorBytes);
                    if (random.Next(2) == 0) new PendingWrite(Offset + at, Bytes[at..(at + count)], null).ApplyTo(ref target, ref length);
                    at += count;
                }
            }
        }
    }
}
