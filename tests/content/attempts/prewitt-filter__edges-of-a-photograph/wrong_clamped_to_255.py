def prewitt(image):
    change = image[2:].float() - image[:-2].float()
    return (change[:, :-2] + change[:, 1:-1] + change[:, 2:]).clamp(-255, 255)
