# Ed25519 as the unit reckons it: the signatures of RFC 8032, and some hundred that must not be good. Each one that a
# check of its own is for is shown to pass without that check: else the test would say nothing of it.
import ed25519

VECTORS = (  # of RFC 8032, 7.1: public key, message, signature
    (  # TEST 1
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25b"
            "f5f0595bbe24655141438e7a100b"
        ),
    ),
    (  # TEST 2
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b"
            "2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (  # TEST 3
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c"
            "15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (  # TEST 1024
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        (
            "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1e355"
            "f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d658675fc"
            "6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1998bd177e93a7363c344fe6b"
            "199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e06203b33890cc9b8"
            "32f79ef80560ccb9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d"
            "206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed185ce81bd84359d44254d9562"
            "9e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22b3de1a1f40"
            "cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f27088d78b7e883c8759d2c4f5c65adb7553"
            "878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2cf65bd92dd597b0707e0"
            "917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128bab27af87a71314f318c782b23ebfe808b82b0ce26"
            "401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969be3ea7082ff7fc9888c144da2af58429ec96031dbcad3"
            "dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb751fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301"
            "651339e22904cc8c42f58c30c04aafdb038dda0847dd988dcda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f"
            "92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34dff7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401ade"
            "bf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab4"
            "7b57f7f7276cd419c17a3ca8e1b939ae49e488acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a3"
            "2ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504ccc493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb37"
            "97aa2a2f256656168e6c496afc5fb93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d334ba7"
            "7c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315c"
            "f4fde7cb68606937380db2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef"
            "68d3a101e8a3b8cac60c905c15fc910840b94c00a0b9d0"
        ),
        (
            "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b5e8f"
            "cd4f681e30a6ac00a9704a188a03"
        ),
    ),
    (  # TEST SHA(abc)
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d"
            "4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca"
            "179c138ac17ad9bef1177331a704"
        ),
    ),
)
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
LENGTHS = (0, 1, 55, 56, 63, 64, 111, 112, 119, 120, 127, 128, 129, 239, 240, 255, 256, 257, 1000)
DIGESTS = (  # SHA-512 of one after the other SHA-512 of messages that long
    "c2feb521b951a28cd05846cf96eb5225a22f163305c58c8e5035d86f5ca70bd4"
    "444dc194deb7ab93e49aade13e921091652711588f5d253a0b2697f19a6bffd7"
)
BASE = ed25519.BASE + (1, ed25519.BASE[0] * ed25519.BASE[1] % ed25519.P)
IDENTITY = (0, 1, 1, 0)


def _vectors():
    return [tuple(bytes.fromhex(part) for part in vector) for vector in VECTORS]


def _times(number, point):
    found = IDENTITY
    while number:
        if number & 1:
            found = ed25519._sum(found, point)
        point = ed25519._double(point)
        number >>= 1
    return found


def _encoded(point):
    z = pow(point[2], ed25519.P - 2, ed25519.P)
    return ed25519._encoded(point[0] * z % ed25519.P, point[1] * z % ed25519.P)


def _little(number):
    return number.to_bytes(32, "little")


def _challenge(r, key, message):
    return int.from_bytes(ed25519.sha512(r + key + message), "little") % ed25519.ORDER


def _small():
    # The eight points whose order divides 8.
    point = ed25519._point(ORDER_8)
    return [_times(i, point) for i in range(8)]


def _flipped(data, bit):
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def _all_refused(cases):
    for key, message, signature in cases:
        assert ed25519.verify(key, message, signature) is False, (key, message, signature)
    return len(cases)


def test_the_signatures_of_rfc_8032_are_good():
    for key, message, signature in _vectors():
        assert ed25519.verify(key, message, signature) is True


def test_sha_512_is_that_of_everybody_else():
    digests = b"".join([ed25519.sha512(bytes([i * 7 & 255 for i in range(n)])) for n in LENGTHS])
    assert ed25519.sha512(digests) == bytes.fromhex(DIGESTS)


def test_a_flipped_bit_is_never_good():
    # 112 cases
    key, message, signature = _vectors()[2]
    cases = [(key, message, _flipped(signature, bit)) for bit in range(0, 512, 8)]
    cases += [(_flipped(key, bit), message, signature) for bit in range(0, 256, 8)]
    cases += [(key, _flipped(message, bit), signature) for bit in range(16)]
    assert _all_refused(cases) == 112


def test_a_signature_is_for_one_key_and_one_message():
    # 12 cases
    vectors = [vector for vector in _vectors() if len(vector[1]) < 100]
    cases = [(one[0], one[1], two[2]) for one in vectors for two in vectors if one is not two]
    assert _all_refused(cases) == 12


def test_another_length_is_never_good():
    # 200 cases
    key, message, signature = _vectors()[1]
    cases = [(key, message, signature[:count]) for count in range(64)]
    cases += [(key, message, signature + bytes(count)) for count in range(1, 65)]
    cases += [(key[:count], message, signature) for count in range(32)]
    cases += [(key + bytes(count), message, signature) for count in range(1, 41)]
    assert _all_refused(cases) == 200


def test_s_has_one_form():
    # 81 cases. S + n times the order says the same: 15 fit in 32 bytes; and others that are not below the order.
    cases = []
    for key, message, signature in _vectors():
        s = int.from_bytes(signature[32:], "little")
        for n in range(1, 16):
            cases.append((key, message, signature[:32] + _little(s + n * ed25519.ORDER)))
    key, message, signature = _vectors()[0]
    for s in (ed25519.ORDER, ed25519.ORDER + 1, 2**252 + 2**251, 2**253, 2**255, 2**256 - 1):
        cases.append((key, message, signature[:32] + _little(s)))
    assert _all_refused(cases) == 81

    s = int.from_bytes(signature[32:], "little")  # the first of them is good by the equation
    assert _encoded(_times(s + ed25519.ORDER, BASE)) == _encoded(_times(s, BASE))


def test_a_point_has_one_form():
    # 118 cases: y from p on, with either sign; x = 0 with a sign; y that no point has.
    key, message, signature = _vectors()[1]
    points = [_little(ed25519.P + i | sign << 255) for i in range(19) for sign in (0, 1)]
    points += [_little(1 | 1 << 255), _little(ed25519.P - 1 | 1 << 255)]
    strange = [_little(y) for y in range(2, 60) if ed25519._point(_little(y)) is None][:19]
    cases = [(point, message, signature) for point in points + strange]
    cases += [(key, message, point + signature[32:]) for point in points + strange]
    for point in points:
        assert ed25519._point(point) is None
    assert len(points) == 40 and len(strange) == 19
    assert _all_refused(cases) == 118


def test_a_point_of_small_order_is_no_key_and_no_r():
    # 88 cases. What they would sign is good by the equation: without the check the first 16 are.
    small = [_encoded(point) for point in _small()]
    assert len(set(small)) == 8
    r, a = 0x1234567, 0x7654321
    r_point, a_point = _encoded(_times(r, BASE)), _encoded(_times(a, BASE))
    cases = []
    for key in small:
        count = 0  # a message to whose challenge this key adds nothing
        while _challenge(r_point, key, count.to_bytes(4, "big")) % 8:
            count += 1
        cases.append((key, count.to_bytes(4, "big"), r_point + _little(r)))
    for point in small:
        # [S]B = R + [k]A with R = -T: S takes what is left only when the order of T divides k - so T is put into A, too
        key = _encoded(ed25519._sum(_times(a, BASE), ed25519._point(point)))
        count = 0
        while (_challenge(point, key, count.to_bytes(4, "big")) + 1) % 8:
            count += 1
        message = count.to_bytes(4, "big")
        cases.append((key, message, point + _little(_challenge(point, key, message) * a % ed25519.ORDER)))
    is_small, ed25519._is_small = ed25519._is_small, lambda point: False
    try:
        good = [ed25519.verify(*case) for case in cases]
    finally:
        ed25519._is_small = is_small
    assert good == [True] * 16, good

    cases += [(key, b"anything", point + bytes(32)) for key in small for point in small]
    cases += [(a_point, b"anything", point + bytes(32)) for point in small]
    assert _all_refused(cases) == 88


def test_what_only_eight_times_the_equation_says_is_not_good():
    # A key with a part of small order: the strict equation fails where that of batches holds. 7 cases.
    cases = []
    r, a = 0x1234567, 0x7654321
    r_point = _encoded(_times(r, BASE))
    for small in _small()[1:]:
        key = _encoded(ed25519._sum(_times(a, BASE), small))
        count = 0
        while _challenge(r_point, key, bytes([count])) % 2 == 0:
            count += 1
        s = (r + _challenge(r_point, key, bytes([count])) * a) % ed25519.ORDER
        cases.append((key, bytes([count]), r_point + _little(s)))
    assert _all_refused(cases) == 7


def test_others_have_their_turn_between_two_slices():
    key, message, signature = _vectors()[1]
    verdicts = list(ed25519.verifying(key, message, signature))
    assert verdicts[:-1] == [None] * (len(verdicts) - 1) and verdicts[-1] is True
    assert len(verdicts) >= 253 // ed25519.SLICE
